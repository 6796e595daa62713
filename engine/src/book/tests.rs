//! Both books against each other.
