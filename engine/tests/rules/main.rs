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
mod control;
mod facts;
mod holders;
mod holds;
mod licences;
mod licences_and_sales;
mod lots_of_units;
mod outages;
mod scenarios;
mod snapshot;
mod streams;
mod titles;
mod titles_on_sale;
mod transfers;
mod units;
mod valuations;
mod year;
