//! A network between a client and a server, which a test can break.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The state of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Fair,
    /// Connections are reset, also new ones.
    Refused,
    /// Nothing passes, and nothing is closed. A connection that has met this never recovers.
    BlackHole,
    /// Requests pass, and responses do not. A connection that has met this never recovers.
    HalfOpen,
    /// After so many bytes from the client, nothing passes, and nothing is closed.
    Vanishes(usize),
    /// After so many bytes from the client, responses end in an orderly way, while the rest of the
    /// request is still read.
    HalfClosed(usize),
    /// After so many bytes from the client, connections are dropped with the next ones unread, so
    /// that a reset overtakes everything that was sent.
    Unread(usize),
    /// Connections are reset after so many bytes from the server.
    Reset(usize),
    /// Connections end in an orderly way after so many bytes from the server.
    Closed(usize),
    /// The head of a response passes, and nothing after it. A connection that has met this never
    /// recovers.
    StallsAfterHead,
    /// Single bytes from the server pass, with this time between them.
    Slow(Duration),
}

/// Passes connections on to a server.
pub struct Network {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
}

impl Network {
    /// Starts a network in front of a server.
    pub async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (weather, watched) = watch::channel(Weather::Fair);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, watched.clone()));
            }
        });
        Self { address, weather }
    }

    /// The address under which clients reach the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the state of the network, also for open connections.
    pub fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }
}

/// Passes one connection on, until it ends or the network ends it.
async fn pass(client: TcpStream, server: SocketAddr, weather: watch::Receiver<Weather>) {
    if let Ok(server) = TcpStream::connect(server).await {
        let mut connection =
            Connection { client, server, weather, sent: 0, passed: 0, is_stalled: false };
        connection.run().await;
    }
}

struct Connection {
    client: TcpStream,
    server: TcpStream,
    weather: watch::Receiver<Weather>,
    /// The number of bytes from the client, and from the server, since the weather changed.
    sent: usize,
    passed: usize,
    /// The rest of a response is lost.
    is_stalled: bool,
}

/// The connection ends.
struct End;

/// Reads bytes, or fails once there are some to be left unread: dropping the connection then resets
/// it.
async fn read(client: &mut TcpStream, buffer: &mut [u8], is_left: bool) -> io::Result<usize> {
    if is_left {
        client.readable().await?;
        return Err(io::Error::other("left unread"));
    }
    client.read(buffer).await
}

impl Connection {
    async fn run(&mut self) {
        // No byte waits in the kernel, whose time is not that of the test.
        let delays = [self.client.set_nodelay(true), self.server.set_nodelay(true)];
        if delays.iter().any(Result::is_err) {
            return;
        }
        let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
        let (mut client_is_open, mut server_is_open) = (true, true);
        let (mut up_is_dead, mut down_is_dead) = (false, false);
        loop {
            let weather = *self.weather.borrow_and_update();
            match weather {
                Weather::Refused => return self.reset(),
                Weather::BlackHole => (up_is_dead, down_is_dead) = (true, true),
                Weather::HalfOpen => down_is_dead = true,
                Weather::Vanishes(limit) if self.sent >= limit => {
                    (up_is_dead, down_is_dead) = (true, true);
                }
                Weather::HalfClosed(limit) if self.sent >= limit && !down_is_dead => {
                    down_is_dead = true;
                    let _ = self.client.shutdown().await;
                }
                _ => {}
            }
            down_is_dead |= self.is_stalled;
            let is_left = matches!(weather, Weather::Unread(limit) if self.sent >= limit);
            tokio::select! {
                changed = self.weather.changed() => match changed {
                    Ok(()) => (self.sent, self.passed) = (0, 0),
                    // The test is over.
                    Err(_) => return,
                },
                read = read(&mut self.client, &mut up, is_left), if client_is_open => match read {
                    Ok(0) if up_is_dead => return,
                    Ok(0) => {
                        client_is_open = false;
                        let _ = self.server.shutdown().await;
                    }
                    Ok(_) if up_is_dead => {}
                    Ok(count) => {
                        self.sent += count;
                        if self.server.write_all(&up[..count]).await.is_err() {
                            return;
                        }
                    }
                    Err(_) => return,
                },
                read = self.server.read(&mut down), if server_is_open => match read {
                    _ if down_is_dead => server_is_open = matches!(read, Ok(1..)),
                    Ok(count @ 1..) => {
                        if self.respond(weather, &down[..count]).await.is_err() {
                            return;
                        }
                    }
                    _ => return,
                },
            }
        }
    }

    /// Passes bytes from the server on.
    async fn respond(&mut self, weather: Weather, bytes: &[u8]) -> Result<(), End> {
        if weather == Weather::StallsAfterHead {
            const END: &[u8] = b"\r\n\r\n";
            let end = bytes.windows(END.len()).position(|bytes| bytes == END);
            self.is_stalled = end.is_some();
            let end = end.map_or(bytes.len(), |at| at + END.len());
            return self.send(weather, &bytes[..end]).await;
        }
        let (Weather::Reset(limit) | Weather::Closed(limit)) = weather else {
            return self.send(weather, bytes).await;
        };
        let rest = limit.saturating_sub(self.passed);
        self.passed += bytes.len();
        self.send(weather, &bytes[..rest.min(bytes.len())]).await?;
        if rest > bytes.len() {
            return Ok(());
        }
        if matches!(weather, Weather::Reset(_)) {
            self.reset();
        } else {
            let _ = self.client.shutdown().await;
        }
        Err(End)
    }

    async fn send(&mut self, weather: Weather, bytes: &[u8]) -> Result<(), End> {
        let mut at = 0;
        if let Weather::Slow(pause) = weather {
            while at < bytes.len() && matches!(self.weather.has_changed(), Ok(false)) {
                self.client.write_all(&bytes[at..=at]).await.map_err(|_| End)?;
                at += 1;
                tokio::time::sleep(pause).await;
            }
            match *self.weather.borrow() {
                Weather::BlackHole | Weather::HalfOpen => return Ok(()),
                Weather::StallsAfterHead => {
                    self.is_stalled = true;
                    return Ok(());
                }
                _ => {}
            }
        }
        self.client.write_all(&bytes[at..]).await.map_err(|_| End)
    }

    /// Lets the client see a reset when the connection is dropped.
    fn reset(&self) {
        let _ = self.client.set_zero_linger();
    }
}
