//! The rules of the engine, one module a subject: each speaks to an exchange as a floor does, and hears its events.

mod auditor;
mod filings;
mod floor;

mod admission;
mod auction_faults;
mod auction_oracle;
mod auctions;
mod auctions_by_law;
mod consents;
mod consumption;
mod control;
mod dues;
mod facts;
mod failed_transfers;
mod holders;
mod holds;
mod licence_faults;
mod licences;
mod licences_and_sales;
mod lots_of_units;
mod open_licences;
mod outages;
mod scenarios;
mod snapshot;
mod streams;
mod subscriptions;
mod titles;
mod titles_on_sale;
mod tranches;
mod transfer_audiences;
mod transfer_faults;
mod transfers;
mod valuations;
mod verifications;
mod year;
