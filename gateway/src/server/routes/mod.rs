//! The routes of `/v1`, a file a noun: what is asked of it and where, and what is read of it. `commands` puts the
//! addresses together, `records` says who reads which records, `document` makes routes and API document of all of them.
//!
//! A handler parses, gives or reads, and renders.

mod accounts;
mod address;
mod assets;
mod attachments;
mod auctions;
mod certificates;
pub(crate) mod changes;
pub(super) mod commands;
mod credentials;
mod demo_people;
mod disposals;
pub(super) mod document;
mod effects;
mod forms;
mod licences;
pub(crate) mod listings;
mod lot_rights;
mod market;
mod names;
mod orders;
mod page;
mod participants;
mod pledges;
mod pools;
mod previews;
mod proposals;
mod reading;
mod records;
mod reverse_licences;
mod rules;
pub(super) mod session;
mod sight;
pub(super) mod site;
mod statements;
mod status;
mod subsidies;
mod titles;
mod transfers;
mod valuations;
mod venue;
mod waits;
mod walk;
