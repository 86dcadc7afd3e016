//! How much memory one socket may take.

use axum::extract::ws::WebSocketUpgrade;

/// What is read of a socket at once. Commands are small, and every socket has one of these.
const READ_BUFFER_BYTES: usize = 1024;
/// Frames go to the kernel as they come; several messages are joined before.
const WRITE_BUFFER_BYTES: usize = 0;
/// Most bytes that wait for the kernel: the largest frame there can be, and some.
const UNWRITTEN_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest message of a client: the largest order is a third of it.
const MESSAGE_BYTES_MAX: usize = 32 * 1024;

/// The limits of a socket, by default those of the product.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// Largest message that is read.
    pub message_bytes_max: usize,
    /// Most bytes that wait for the kernel.
    pub unwritten_bytes_max: usize,
}

impl Default for SocketLimits {
    fn default() -> SocketLimits {
        SocketLimits {
            message_bytes_max: MESSAGE_BYTES_MAX,
            unwritten_bytes_max: UNWRITTEN_BYTES_MAX,
        }
    }
}

impl SocketLimits {
    /// A socket with these limits, and otherwise as every socket of a hub.
    pub fn apply(self, upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
        upgrade
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(WRITE_BUFFER_BYTES)
            .max_write_buffer_size(self.unwritten_bytes_max)
            .max_message_size(self.message_bytes_max)
            .max_frame_size(self.message_bytes_max)
    }
}
