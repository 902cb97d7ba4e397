#![no_main]

use coze_api_fuzz::event_stream::run;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| run(input));
