//! The rules of the trade, as stories and as walks over everything that can happen.

mod cast;
mod model;
mod samples;
mod stories;
mod walks;
