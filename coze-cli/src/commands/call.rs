//! `coze call`: calls any operation.

mod values;

use std::collections::BTreeMap;

use clap::ArgMatches;
use coze_spec::model::{Operation, Reply};

use super::exchange::{self, Printer};
use super::ops::find_operation;
use super::progress::UploadProgress;
use crate::backend::BackendArgs;
use crate::cli::{CallArgs, Format};
use crate::engine::{Call, DryRunError, Mode};
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::output;
use crate::program::PROGRAM;

pub(super) use values::read_text;

pub(super) async fn run(
    args: CallArgs,
    matches: &ArgMatches,
    backend: &BackendArgs,
    format: Format,
) -> CommandResult {
    let operation = find_operation(&args.operation)?;
    let (values, paths) = values::collect(operation, &args, matches)?;
    let progress = UploadProgress::new();
    let uploads = paths
        .iter()
        .map(|(name, path)| (name.clone(), progress.upload(path)))
        .collect::<BTreeMap<_, _>>();
    let options = &args.exchange;
    let mode = match (options.all, options.stream, &operation.reply) {
        (true, ..) => Mode::AllPages,
        (_, true, _) | (_, _, Reply::Events) => Mode::Events,
        _ => Mode::Reply,
    };
    let mut printer = Printer::new(options, Some(operation), mode, format)?;
    let is_unknown = |name: &&String| operation.param(name).is_none() && !name.contains(':');
    for name in values.keys().filter(is_unknown) {
        let unknown = say!(
            "`{name}` is not a known parameter; it is sent unchanged",
            "`{name}` 不是已知参数，将原样发送",
        );
        output::note(text("note", "注意"), &unknown)?;
    }
    let call = Call { operation, values, uploads, mode };
    if options.dry_run {
        let backend = backend.open_for_dry_run().await?;
        let request = call.request(&backend.client).await;
        let request = request.map_err(|error| usage_failure(operation, error))?;
        return exchange::print_request(&request, &paths, options.curl);
    }
    let backend = backend.open().await?;
    if backend.mock.is_none() {
        printer.keep_ids(Some(operation), &call.values);
    }
    let events =
        call.run(&backend.client).map_err(|error| usage_failure(operation, error.into()))?;
    printer.print(events, &progress).await
}

/// Converts an error in the values of a call, and says where the parameters are documented.
fn usage_failure(operation: &Operation, error: DryRunError) -> Failure {
    match error {
        DryRunError::Input(invalid) if invalid.field.is_some() => Failure::Usage(say!(
            "{invalid}; `{PROGRAM} call {} --help` shows the parameters",
            "{invalid}；`{PROGRAM} call {} --help` 显示参数",
            operation.id,
        )),
        error => error.into(),
    }
}
