//! The runtime's own streams, by their two ends.
//!
//! A bill goes through a few buffers that are used over and over. A buffer for each piece would be
//! collected too late: the runtime counts them for little, and a bill of 300 MB would take as much
//! memory as there is. Nothing is read before somebody wants it, and nothing written before there
//! is room.

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ReadableStream, ReadableStreamReadResult, TransformStream, WritableStream,
    WritableStreamDefaultWriter,
};

/// The end of a stream that is read. Whoever drops it wants no more of the stream.
pub(super) struct Source {
    reader: JsValue,
    /// The reader's method that fills a buffer before it answers, which only this runtime has.
    fill: Function,
    /// Not there while the runtime fills it.
    buffer: Option<ArrayBuffer>,
}

/// The end of a stream that is written. Whoever drops it before closing leaves the stream broken.
pub(super) struct Sink {
    writer: WritableStreamDefaultWriter,
    buffer: Uint8Array,
}

/// A stream failed; the runtime's reason is of no use to anybody who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

impl Source {
    pub(super) fn of(stream: &ReadableStream) -> Result<Self, Broken> {
        let bytes = Object::new();
        Reflect::set(&bytes, &"mode".into(), &"byob".into()).map_err(|_| Broken)?;
        let reader = method(stream, "getReader")?.call1(stream, &bytes).map_err(|_| Broken)?;
        let fill = method(&reader, "readAtLeast")?;
        Ok(Self { reader, fill, buffer: None })
    }

    /// The next piece, of [`PIECE_BYTES`] but for the last; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<u8>>, Broken> {
        let buffer = self.buffer.take().unwrap_or_else(|| ArrayBuffer::new(PIECE_BYTES));
        let (least, room) = (PIECE_BYTES.into(), Uint8Array::new(&buffer));
        let read = self.fill.call2(&self.reader, &least, &room).map_err(|_| Broken)?;
        let read = JsFuture::from(read.unchecked_into::<Promise>()).await.map_err(|_| Broken)?;
        let read: ReadableStreamReadResult = read.unchecked_into();
        if read.get_done() == Some(true) {
            return Ok(None);
        }
        let piece: Uint8Array = read.get_value().dyn_into().map_err(|_| Broken)?;
        self.buffer = Some(piece.buffer());
        Ok(Some(piece.to_vec()))
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Of a stream that has ended, or failed, this does nothing.
        let cancelled = method(&self.reader, "cancel").map(|cancel| cancel.call0(&self.reader));
        if let Ok(Ok(cancelled)) = cancelled {
            forget(cancelled.unchecked_ref());
        }
    }
}

impl Sink {
    fn of(stream: &WritableStream) -> Result<Self, Broken> {
        let writer = WritableStreamDefaultWriter::new(stream).map_err(|_| Broken)?;
        forget(&writer.closed());
        Ok(Self { writer, buffer: Uint8Array::new_with_length(0) })
    }

    /// Writes bytes, if there are any, and waits until they are taken.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        if bytes.is_empty() {
            return Ok(());
        }
        let length = u32::try_from(bytes.len()).map_err(|_| Broken)?;
        if self.buffer.length() < length {
            self.buffer = Uint8Array::new_with_length(length.next_multiple_of(PIECE_BYTES));
        }
        let piece = self.buffer.subarray(0, length);
        piece.copy_from(bytes);
        let written = JsFuture::from(self.writer.write_with_chunk(&piece)).await;
        written.map(|_| ()).map_err(|_| Broken)
    }

    /// Ends the stream.
    pub(super) async fn close(&self) -> Result<(), Broken> {
        JsFuture::from(self.writer.close()).await.map(|_| ()).map_err(|_| Broken)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // Of a stream that was closed this does nothing; any other is left in the middle.
        forget(&self.writer.abort());
    }
}

/// A stream that gives what it takes, of that many bytes. The answer that it becomes says so in its
/// `Content-Length`: one without is ended as if it were whole when the stream breaks, at least by
/// the runtime's own HTTP server.
pub(super) fn outflow(bytes: u64) -> Result<(Sink, ReadableStream), Broken> {
    let class = method(&js_sys::global(), "FixedLengthStream")?;
    let made = Reflect::construct(&class, &Array::of1(&bytes.into())).map_err(|_| Broken)?;
    let stream: TransformStream = made.unchecked_into();
    Ok((Sink::of(&stream.writable())?, stream.readable()))
}

/// The same without a length, of a bill that nobody has read before. Where it breaks, the runtime's
/// own HTTP server ends the answer as if it were whole: whoever takes it has to see how it ends.
pub(super) fn flow() -> Result<(Sink, ReadableStream), Broken> {
    let class = method(&js_sys::global(), "IdentityTransformStream")?;
    let made = Reflect::construct(&class, &Array::new()).map_err(|_| Broken)?;
    let stream: TransformStream = made.unchecked_into();
    Ok((Sink::of(&stream.writable())?, stream.readable()))
}

fn method(holder: &JsValue, name: &str) -> Result<Function, Broken> {
    Reflect::get(holder, &name.into()).ok().and_then(|it| it.dyn_into().ok()).ok_or(Broken)
}

/// Nobody waits for `promise`, so its failure is nobody's news.
fn forget(promise: &Promise) {
    let promise = promise.clone();
    wasm_bindgen_futures::spawn_local(async move {
        JsFuture::from(promise).await.ok();
    });
}

/// Large enough that the steps between pieces cost nothing, small enough that a few of them, and
/// what they grow to as JSON, are no memory to speak of.
const PIECE_BYTES: u32 = 256 * 1024;
