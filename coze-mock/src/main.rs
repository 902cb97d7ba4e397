//! Runs the mock server until it is interrupted, and prints a line per request.

use std::io::{self, Write as _};
use std::process::ExitCode;

use coze_mock::{Fault, Grant, MockServer, MockServerBuilder, Platform, RecordedRequest};

const HELP: &str = "\
A local server of the Coze API.

Usage: coze-mock [OPTIONS]

Options:
  --port <PORT>     Listen on this port of 127.0.0.1 (default: a free one)
  --seed <NUMBER>   The seed of ids and chance (default: 0)
  --token <TOKEN>   Take only this token; may be repeated (default: any)
  --fault <FAULT>   A fault such as 'status=503;chance=0.1'; may be repeated
  --platform <NAME> Behave as cloud or studio (default: cloud)
  --host <NAME>     Also answer to this host name; may be repeated
  --strict          Ids of the spec's examples do not exist
  -h, --help        Print this text
";

#[tokio::main]
async fn main() -> ExitCode {
    let builder = match read(std::env::args().skip(1)) {
        Ok(Some(builder)) => builder,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("{why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match run(builder).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the server does not start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(builder: MockServerBuilder) -> io::Result<()> {
    let server = builder.on_exchange(print).start().await?;
    println!("{}", server.base_url());
    tokio::signal::ctrl_c().await
}

/// Prints a line such as `GET /v1/bots → 200 bots.list, 0.4 ms`.
fn print(request: &RecordedRequest) {
    let status = request.status.unwrap_or_default();
    let code = request.code.filter(|code| *code != 0);
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    let operation = request.operation.as_deref().unwrap_or("no operation");
    let fault = request.fault.as_ref().map_or_else(String::new, |fault| format!(", {fault}"));
    let elapsed = request.elapsed.as_secs_f64() * 1000.0;
    // Standard output may be closed.
    let _ = writeln!(
        io::stdout(),
        "{} → {status}{code} {operation}, {elapsed:.1} ms{fault}",
        request.line(),
    );
}

/// Returns the server for these arguments, or `None` if they ask for help.
fn read(mut args: impl Iterator<Item = String>) -> Result<Option<MockServerBuilder>, String> {
    let mut builder = MockServer::builder();
    while let Some(name) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
        builder = match name.as_str() {
            "-h" | "--help" => return Ok(None),
            "--strict" => builder.examples(false),
            "--host" => builder.allow_host(value()?),
            "--platform" => builder.platform(match value()?.as_str() {
                "cloud" => Platform::Cloud,
                "studio" => Platform::Studio,
                other => return Err(format!("there is no platform {other}")),
            }),
            "--port" => builder.port(number(&name, &value()?)?),
            "--seed" => builder.seed(number(&name, &value()?)?),
            "--token" => builder.token(value()?, Grant::default()),
            "--fault" => {
                let fault: Fault = value()?.parse().map_err(|error| format!("{error}"))?;
                builder.fault(fault)
            }
            _ => return Err(format!("there is no option {name}")),
        };
    }
    Ok(Some(builder))
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("{name} takes a number, not {value}"))
}
