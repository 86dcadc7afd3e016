//! Where riders are, for whoever looks at an area and not at a rider: geo sets, one for each cell
//! of the map and span of time, which expire by themselves.
//!
//! A span is half of the time for which a position counts, and two are read: whoever was heard of
//! within a span is there, and nobody who was not heard of within two. Everybody has to agree on
//! how long that is.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use domain::{Point, RiderId};
use futures_util::future::try_join_all;

use super::cell::Cell;
use crate::{Error, Streams};

/// Most riders that are read of one cell and span: more stand in no five kilometers of a city, and
/// reading this many takes Redis about a millisecond.
const RIDERS_PER_CELL_MAX: usize = 5_000;

/// A circle around the middle of any cell that holds all of it.
const CELL_RADIUS_METERS: u32 = 4_000;

/// For how many spans a set is kept: it is written in one and read in the next.
const SPANS_KEPT: u32 = 3;

/// Where a rider was when they last said so.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Who.
    pub rider: RiderId,
    /// Where.
    pub point: Point,
    /// The cell in which they were noted before, if it is another: they are not there any more.
    pub left: Option<Cell>,
}

impl Streams {
    /// Notes where riders are, so many as there are in one round trip for each partition. Who is
    /// not noted again is forgotten after `stale`.
    ///
    /// # Errors
    /// If Redis fails; some may be noted.
    pub async fn note_places(&self, places: &[Place], stale: Duration) -> Result<(), Error> {
        let span = self.span(stale).await?;
        let mut pipes = BTreeMap::new();
        let mut written = HashSet::new();
        for place in places {
            let cell = Cell::of(place.point);
            let home = self.home_of_cell(cell);
            let pipe: &mut redis::Pipeline = pipes.entry(home).or_default();
            let key = self.riders_key(cell, span.index);
            pipe.cmd("GEOADD").arg(&key).arg(place.point.lng).arg(place.point.lat);
            pipe.arg(place.rider.as_str()).ignore();
            if written.insert(cell) {
                let cells = self.cells_key(home, span.index);
                pipe.cmd("SADD").arg(&cells).arg(cell.to_string()).ignore();
                for key in [key, cells] {
                    pipe.cmd("PEXPIRE").arg(key).arg(span.millis * u64::from(SPANS_KEPT)).ignore();
                }
            }
            if let Some(left) = place.left.filter(|left| *left != cell) {
                self.forget_in(
                    pipes.entry(self.home_of_cell(left)).or_default(),
                    left,
                    place,
                    span,
                );
            }
        }
        self.send(pipes).await
    }

    /// Notes that a rider is nowhere any more, who was last heard of at `point`.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn forget_place(
        &self,
        rider: &RiderId,
        point: Point,
        stale: Duration,
    ) -> Result<(), Error> {
        let span = self.span(stale).await?;
        let mut pipe = redis::pipe();
        let place = Place { rider: rider.clone(), point, left: None };
        self.forget_in(&mut pipe, Cell::of(point), &place, span);
        self.send([(self.home_of_cell(Cell::of(point)), pipe)].into()).await
    }

    /// Everybody who was heard of within `stale` in these cells, each once, where they were last.
    /// One round trip for each partition; costs Redis the riders who are there.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn riders_in(
        &self,
        cells: &[Cell],
        stale: Duration,
    ) -> Result<Vec<(RiderId, Point)>, Error> {
        let span = self.span(stale).await?;
        let mut homes: BTreeMap<u16, Vec<Cell>> = BTreeMap::new();
        for cell in cells {
            homes.entry(self.home_of_cell(*cell)).or_default().push(*cell);
        }
        let read = |(home, cells): (u16, Vec<Cell>)| async move {
            let mut pipe = redis::pipe();
            for index in span.both() {
                for cell in &cells {
                    let middle = cell.middle();
                    pipe.cmd("GEOSEARCH").arg(self.riders_key(*cell, index));
                    pipe.arg("FROMLONLAT").arg(middle.lng).arg(middle.lat);
                    pipe.arg("BYRADIUS").arg(CELL_RADIUS_METERS).arg("m");
                    pipe.arg("COUNT").arg(RIDERS_PER_CELL_MAX).arg("ANY").arg("WITHCOORD");
                }
            }
            let found: Vec<Vec<(String, (f64, f64))>> =
                self.ask_all(home, &pipe).await.map_err(Error::reading("riders"))?;
            Ok::<_, Error>((found, cells.len()))
        };
        let found = try_join_all(homes.into_iter().map(read)).await?;
        // The newer span of every partition first: who moved on is where they went.
        let newer = found.iter().flat_map(|(sets, cells)| &sets[..*cells]);
        let older = found.iter().flat_map(|(sets, cells)| &sets[*cells..]);
        let mut known = HashSet::new();
        let mut riders = Vec::new();
        for (id, (lng, lat)) in newer.chain(older).flatten() {
            let rider: RiderId =
                id.parse().map_err(|_| Error::Broken(format!("{id:?} is no id of a rider")))?;
            if known.insert(rider.clone()) {
                riders.push((rider, Point { lat: *lat, lng: *lng }));
            }
        }
        Ok(riders)
    }

    /// The cells in which anybody was heard of within `stale`.
    ///
    /// # Errors
    /// If Redis fails.
    pub async fn cells_with_riders(&self, stale: Duration) -> Result<Vec<Cell>, Error> {
        let span = self.span(stale).await?;
        let read = |home| async move {
            let mut command = redis::cmd("SUNION");
            command.arg(&span.both().map(|index| self.cells_key(home, index)));
            let cells: Vec<String> =
                self.ask(home, &command).await.map_err(Error::reading("where riders are"))?;
            Ok::<_, Error>(cells)
        };
        let cells = try_join_all((0..self.partitions()).map(read)).await?.concat();
        let parse = |text: &String| {
            Cell::parse(text).ok_or_else(|| Error::Broken(format!("{text:?} is no cell")))
        };
        cells.iter().map(parse).collect()
    }

    async fn send(&self, pipes: BTreeMap<u16, redis::Pipeline>) -> Result<(), Error> {
        let calls = pipes.iter().map(|(home, pipe)| self.ask_all::<()>(*home, pipe));
        try_join_all(calls).await.map_err(Error::writing("where riders are")).map(drop)
    }

    fn forget_in(&self, pipe: &mut redis::Pipeline, cell: Cell, place: &Place, span: Span) {
        for index in span.both() {
            pipe.cmd("ZREM").arg(self.riders_key(cell, index)).arg(place.rider.as_str()).ignore();
        }
    }

    async fn span(&self, stale: Duration) -> Result<Span, Error> {
        let millis = u64::try_from(stale.as_millis() / 2).unwrap_or(u64::MAX).max(1);
        Ok(Span { index: self.now().await?.0 / millis, millis })
    }

    fn home_of_cell(&self, cell: Cell) -> u16 {
        self.keys().partition_of_cell(cell)
    }

    /// Riders in a cell, by where they are.
    fn riders_key(&self, cell: Cell, span: u64) -> String {
        self.keys().of_one("riders", self.home_of_cell(cell), format_args!("{cell}:{span}"))
    }

    /// Cells of this partition in which anybody is.
    fn cells_key(&self, home: u16, span: u64) -> String {
        self.keys().of_one("cells", home, span)
    }
}

/// A stretch of time, counted from 1970.
#[derive(Clone, Copy)]
struct Span {
    index: u64,
    millis: u64,
}

impl Span {
    /// This one and the one before.
    fn both(self) -> [u64; 2] {
        [self.index, self.index.saturating_sub(1)]
    }
}
