//! How much memory one socket may take.

use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// What is read of a socket at once. Commands are small, and every socket has one of these: room
/// for a token twice, as the library makes room for a frame behind what it has of it already.
const READ_BUFFER_BYTES: usize = 768;
/// What the library says goes to the kernel as it comes.
const WRITE_BUFFER_BYTES: usize = 0;
/// Most bytes of that which wait for the kernel: pongs, to somebody who pings and does not read.
const UNWRITTEN_BYTES_MAX: usize = 4 * 1024;
/// Largest message of a client: the largest order is a third of it.
const MESSAGE_BYTES_MAX: usize = 32 * 1024;

/// The limits of a socket, by default those of the product.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Largest message that is read.
    pub message_bytes_max: usize,
}

impl Default for SocketLimits {
    fn default() -> SocketLimits {
        SocketLimits { message_bytes_max: MESSAGE_BYTES_MAX }
    }
}

impl SocketLimits {
    /// In the words of the library.
    pub(super) fn config(self) -> WebSocketConfig {
        WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(UNWRITTEN_BYTES_MAX)
            .max_message_size(Some(self.message_bytes_max))
            .max_frame_size(Some(self.message_bytes_max))
    }
}
