//! The books and prints of all instruments.
