//! Where news come from: hands messages to a server, as many as are wanted and when. Knows no
//! server: how a message is written, each of them says.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::ensure;
use memchr::memmem;

/// Between two times that due messages are sent: as short as is worth a wake-up.
const PULSE: Duration = Duration::from_micros(250);
/// Until a server that takes nothing is looked at again.
const PAUSE: Duration = Duration::from_micros(50);
/// How long a server may take nothing at all.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is read of answers at once.
const ANSWER_BYTES: usize = 64 * 1_024;

/// Adds to some bytes what tells a topic the message with a number.
pub(crate) type Print = Box<dyn FnMut(&mut Vec<u8>, usize, u32) + Send>;

/// Connections on which a server is told news.
pub(crate) struct Press {
    lines: Vec<Line>,
    turn: usize,
    print: Print,
    /// How an answer begins that is a refusal.
    refusal: &'static [u8],
    answers: Box<[u8]>,
}

struct Line {
    stream: TcpStream,
    unsent: Vec<u8>,
}

impl Press {
    /// Opens so many connections, and sends a greeting on each.
    pub(crate) fn open(
        to: SocketAddr,
        count: usize,
        greeting: &[u8],
        refusal: &'static [u8],
        print: Print,
    ) -> anyhow::Result<Press> {
        let open = |_| {
            let mut stream = TcpStream::connect(to)?;
            stream.set_nodelay(true)?;
            stream.write_all(greeting)?;
            stream.set_nonblocking(true)?;
            Ok(Line { stream, unsent: Vec::new() })
        };
        let lines = (0..count).map(open).collect::<std::io::Result<_>>()?;
        let answers = vec![0; ANSWER_BYTES].into();
        Ok(Press { lines, turn: 0, print, refusal, answers })
    }

    /// Writes down a message, for the next [`Press::send`].
    pub(crate) fn print(&mut self, topic: usize, number: u32) {
        self.turn = (self.turn + 1) % self.lines.len();
        (self.print)(&mut self.lines[self.turn].unsent, topic, number);
    }

    /// Sends what was written down, and reads what was answered.
    pub(crate) fn send(&mut self) -> anyhow::Result<()> {
        let started = Instant::now();
        for index in 0..self.lines.len() {
            let mut sent = 0;
            while sent < self.lines[index].unsent.len() {
                let Line { stream, unsent } = &mut self.lines[index];
                match stream.write(&unsent[sent..]) {
                    Ok(count) => sent += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        ensure!(started.elapsed() < PATIENCE, "the server takes no more news");
                        self.read_answers(index)?;
                        sleep(PAUSE);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            self.lines[index].unsent.clear();
            self.read_answers(index)?;
        }
        Ok(())
    }

    /// Sends messages `first..` to `topics` in turn, so many a second, and notes when each was
    /// sent, in nanoseconds since `clock`. What could not be sent in time is sent as soon as it
    /// can be.
    pub(crate) fn run(
        &mut self,
        topics: usize,
        first: u32,
        per_second: f64,
        clock: Instant,
        sent: &[AtomicU64],
    ) -> anyhow::Result<()> {
        let started = Instant::now();
        let mut printed = 0;
        while printed < sent.len() {
            let due = (started.elapsed().as_secs_f64() * per_second) as usize + 1;
            let due = due.min(sent.len());
            let now = clock.elapsed().as_nanos() as u64;
            for (number, sent) in sent.iter().enumerate().take(due).skip(printed) {
                sent.store(now, Ordering::Relaxed);
                self.print(number % topics, first + number as u32);
            }
            printed = due;
            self.send()?;
            sleep(PULSE);
        }
        Ok(())
    }

    fn read_answers(&mut self, index: usize) -> anyhow::Result<()> {
        loop {
            match self.lines[index].stream.read(&mut self.answers) {
                Ok(0) => anyhow::bail!("the server takes no more news: it hung up"),
                Ok(count) => {
                    let answer = &self.answers[..count];
                    let refusal = memmem::find(answer, self.refusal);
                    let text = refusal.map(|at| String::from_utf8_lossy(&answer[at..]));
                    let text = text.as_deref().and_then(|it| it.lines().next());
                    ensure!(text.is_none(), "news were refused: {}", text.unwrap_or_default());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
