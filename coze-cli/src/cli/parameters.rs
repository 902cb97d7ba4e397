//! The options of `coze call` that are parameters of the called operation.

use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory as _, ValueHint};
use coze_spec::model::{Operation, Param, Type};

use super::{Cli, PARAMETERS};
use crate::program::PROGRAM;
use crate::{catalog, language};

/// Keeps the ids of parameters apart from the ids of options.
pub(super) const PARAMETER_PREFIX: &str = "parameter:";

/// Returns the commands, with an option for every parameter of the called operation.
pub(super) fn command(operation: Option<&'static Operation>) -> Command {
    let command = Cli::command();
    let has_input =
        operation.is_some_and(|it| settable(it).any(|param| param.field.wire == "input"));
    // The name that `coze api` uses, unless it is that of a parameter.
    let command = command.mut_subcommand("call", |call| {
        call.mut_arg("json", |arg| if has_input { arg } else { arg.visible_alias("input") })
    });
    let Some(operation) = operation else { return command };
    command.mut_subcommand("call", |call| {
        let reserved = reserved(&call);
        let call = call.about(operation.summary.clone()).args_override_self(true);
        settable(operation).fold(call, |call, param| call.arg(parameter_arg(param, &reserved)))
    })
}

/// Returns the names of the options of `coze call`, which parameters must not have.
fn reserved(call: &Command) -> Vec<String> {
    call.get_arguments()
        .chain(Cli::command().get_arguments())
        .flat_map(|arg| arg.get_long_and_visible_aliases().unwrap_or_default())
        .map(str::to_owned)
        .chain(["help".to_owned(), "version".to_owned()])
        .collect()
}

/// Returns the parameters that callers can set.
pub(crate) fn settable(operation: &Operation) -> impl Iterator<Item = &Param> {
    operation.params.iter().filter(|param| param.constant.is_none())
}

fn parameter_arg(param: &'static Param, reserved: &[String]) -> Arg {
    let field = &param.field;
    // Options have hyphens, and each parameter has both spellings.
    let is_reserved = reserved.contains(&field.wire.replace('_', "-"));
    let long = if is_reserved { format!("field-{}", field.wire) } else { field.wire.clone() };
    let kebab = long.replace('_', "-");
    let paragraph = field.description.lines().take_while(|line| !line.is_empty());
    let mut help = paragraph.collect::<Vec<_>>().join(" ");
    let constraints = field.constraints_in(language::current());
    if !constraints.is_empty() {
        help = format!("{help} ({})", constraints.join(", "));
    }
    if field.required {
        help = format!("{help} {}", language::text("[required]", "[必填]"));
    }
    let is_list = matches!(field.kind, Type::List(_));
    let arg = Arg::new(format!("{PARAMETER_PREFIX}{}", field.wire))
        .value_name(value_name(param))
        .help(help.clone())
        .help_heading(PARAMETERS)
        .allow_hyphen_values(true)
        .action(if is_list { ArgAction::Append } else { ArgAction::Set });
    let contents = catalog::contents(field);
    let arg = if contents.is_empty() {
        arg
    } else {
        arg.long_help(format!("{help}\n{}", contents.join("\n")))
    };
    let arg = if kebab == long { arg } else { arg.alias(kebab) };
    let hint = if field.kind == Type::File { ValueHint::FilePath } else { ValueHint::Unknown };
    arg.long(long).value_hint(hint)
}

/// Returns the placeholder for the value of a parameter.
fn value_name(param: &Param) -> String {
    match &param.field.kind {
        Type::List(_) => "LIST".to_owned(),
        Type::Map(_) => "MAP".to_owned(),
        kind => catalog::type_name(language::api(), kind).to_uppercase(),
    }
}

/// Returns the usage of a called operation: with its required parameters.
pub(super) fn usage(operation: &Operation, call: &Command) -> String {
    let required = required_options(operation, call).into_iter();
    let required = required.map(|(long, param)| format!(" --{long} <{}>", value_name(param)));
    let required = required.collect::<String>();
    format!("{PROGRAM} call {}{required} [OPTIONS]", operation.id)
}

/// Returns the required parameters with the names of their options.
pub(super) fn required_options<'a>(
    operation: &'a Operation,
    call: &Command,
) -> Vec<(String, &'a Param)> {
    let required = settable(operation).filter(|param| param.field.required);
    let named = required.filter_map(|param| {
        let id = format!("{PARAMETER_PREFIX}{}", param.field.wire);
        let arg = call.get_arguments().find(|arg| *arg.get_id() == *id)?;
        Some((arg.get_long()?.to_owned(), param))
    });
    named.collect()
}

/// Returns the values of a parameter on the command line.
pub(crate) fn parameter_values<'a>(
    matches: &'a ArgMatches,
    param: &Param,
) -> Option<Vec<&'a String>> {
    let call = matches.subcommand_matches("call")?;
    let name = format!("{PARAMETER_PREFIX}{}", param.field.wire);
    call.try_get_many::<String>(&name).ok().flatten().map(Iterator::collect)
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a panic fails the test")]
mod tests {
    use clap::FromArgMatches as _;
    use serde_json::json;

    use super::*;

    /// A parameter may have the name of an option, in any spelling.
    #[test]
    fn parameters_do_not_collide_with_options() {
        let operation = coze_spec::api().operation("bots.retrieve").expect("an operation");
        let mut changed = operation.clone();
        for name in ["dry_run", "base_url", "help", "fine_name"] {
            let param = json!({
                "place": "body", "wire": name, "rust": name, "kind": "string",
            });
            let param: Param = serde_json::from_value(param).expect("a parameter");
            changed.params.push(param);
        }
        let changed: &'static Operation = Box::leak(Box::new(changed));
        let command = command(Some(changed));
        command.clone().debug_assert();
        let options =
            ["--field-dry_run=1", "--field-base-url=2", "--field-help=3", "--fine-name=4"];
        let arguments = ["coze", "call", "bots.retrieve"].into_iter().chain(options);
        let matches = command.try_get_matches_from(arguments).expect("valid options");
        for (param, value) in changed.params.iter().rev().zip(["4", "3", "2", "1"]) {
            assert_eq!(parameter_values(&matches, param), Some(vec![&value.to_owned()]));
        }
    }

    /// Every parameter of every operation can be given by both spellings of its option, and reaches
    /// the parameter rather than an option of the same name.
    #[test]
    fn every_parameter_can_be_given() {
        let (mut given, mut renamed) = (0, Vec::new());
        for operation in coze_spec::api().operations() {
            let command = command(Some(operation));
            command.clone().debug_assert();
            let call = command.find_subcommand("call").expect("a command");
            for param in settable(operation) {
                let id = format!("{PARAMETER_PREFIX}{}", param.field.wire);
                let arg = call.get_arguments().find(|arg| *arg.get_id() == *id).expect(&id);
                let long = arg.get_long().expect("a long option");
                if long != param.field.wire {
                    renamed.push(format!("{} {long}", operation.id));
                }
                for spelling in [long.to_owned(), long.replace('_', "-")] {
                    let option = format!("--{spelling}=-value");
                    let line = ["coze", "call", &operation.id, "--dry-run", &option];
                    let matches = command.clone().try_get_matches_from(line).expect(&option);
                    let given_value = "-value".to_owned();
                    let expected = Some(vec![&given_value]);
                    assert_eq!(parameter_values(&matches, param), expected, "{option}");
                    let cli = Cli::from_arg_matches(&matches).expect("valid arguments");
                    assert!(cli.output.is_none() && cli.backend.base_url.is_none(), "{option}");
                    given += 1;
                }
            }
        }
        assert!(given > 800, "{given}");
        assert!(renamed.iter().all(|renamed| renamed.contains(" field-")), "{renamed:?}");
    }
}
