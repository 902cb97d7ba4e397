//! Progress bars for uploads.

use std::io::IsTerminal as _;
use std::path::Path;

use coze_api::Upload;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows the progress of an upload if standard error is a terminal. Dropping it clears the bar.
pub(super) struct UploadProgress(ProgressBar);

impl UploadProgress {
    pub(super) fn new() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Returns an upload of a file that updates the bar.
    pub(super) fn upload(&self, path: impl AsRef<Path>) -> Upload {
        const STYLE: &str = "{bytes}/{total_bytes} {wide_bar} {bytes_per_sec}";
        let upload = Upload::path(path.as_ref());
        if !std::io::stderr().is_terminal() {
            return upload;
        }
        self.0.set_draw_target(ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(STYLE) {
            self.0.set_style(style);
        }
        let bar = self.0.clone();
        upload.on_progress(move |progress| {
            if let Some(total) = progress.total {
                bar.set_length(total);
            }
            bar.set_position(progress.sent);
        })
    }

    /// Clears the bar.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for UploadProgress {
    fn drop(&mut self) {
        self.clear();
    }
}
