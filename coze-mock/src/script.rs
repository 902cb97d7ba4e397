//! Plans of the assistant: scripts, directives in a question, and its defaults.

use std::collections::VecDeque;

use serde_json::{Value, json};

/// The steps of the assistant in a chat.
///
/// In a text, `{NAME}` stands for the output of the tool NAME.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use coze_mock::{MockServer, Script};
/// use serde_json::json;
///
/// let weather = Script::new()
///     .tool("get_weather", json!({"city": "Kunming"}))
///     .answer("In Kunming it is {get_weather}.")
///     .follow_up("And tomorrow?");
/// let server = MockServer::builder().script("weather", weather).start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a script has to be given to a server"]
pub struct Script(pub(crate) VecDeque<Step>);

/// Something that the assistant does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Retrieves a text from a knowledge base.
    Knowledge(String),
    /// Reasons before the next answer.
    Think(String),
    /// Answers.
    Answer(String),
    /// Asks the user and ends the chat, as a question node of a chatflow does.
    Ask(String),
    /// Calls a tool. Consecutive calls are one round.
    Call { name: String, arguments: Value },
    /// Waits until the chat is canceled.
    Hold,
    /// Fails.
    Fail { code: i64, msg: String },
    /// Announces that all answers are complete.
    Finish,
    /// Suggests a question.
    FollowUp(String),
}

impl Script {
    /// A script without steps. The assistant answers nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Retrieves this text from a knowledge base.
    pub fn knowledge(self, slice: impl Into<String>) -> Self {
        self.step(Step::Knowledge(slice.into()))
    }

    /// Adds reasoning before the next answer: its `reasoning_content`.
    pub fn think(self, thought: impl Into<String>) -> Self {
        self.step(Step::Think(thought.into()))
    }

    /// Answers with this text, as a separate message.
    pub fn answer(self, text: impl Into<String>) -> Self {
        self.step(Step::Answer(text.into()))
    }

    /// Asks the user a question. In a chatflow this interrupts the run; elsewhere it is an answer.
    pub fn ask(self, question: impl Into<String>) -> Self {
        self.step(Step::Ask(question.into()))
    }

    /// Calls a tool of the client and waits for its output. Consecutive calls are made at once.
    pub fn tool(self, name: impl Into<String>, arguments: impl Into<Value>) -> Self {
        self.step(Step::Call { name: name.into(), arguments: arguments.into() })
    }

    /// Does nothing more until the chat is canceled.
    pub fn hold(self) -> Self {
        self.step(Step::Hold)
    }

    /// Fails the chat, which ends it.
    pub fn fail(self, code: i64, msg: impl Into<String>) -> Self {
        self.step(Step::Fail { code, msg: msg.into() })
    }

    /// Suggests a question to the user, after all answers.
    pub fn follow_up(self, question: impl Into<String>) -> Self {
        self.step(Step::FollowUp(question.into()))
    }

    pub(crate) fn step(mut self, step: Step) -> Self {
        self.0.push_back(step);
        self
    }

    /// Returns the directives in brackets in a text, such as `[fail 5000 Out of order]`, and the
    /// text without them.
    pub(crate) fn directives(text: &str) -> (Self, String) {
        let (mut script, mut plain) = (Self::new(), String::new());
        let mut rest = text;
        while let Some(start) = rest.find('[') {
            plain.push_str(&rest[..start]);
            rest = &rest[start..];
            if let Some((step, after)) = directive(&rest[1..]) {
                script = script.step(step);
                rest = after;
            } else {
                plain.push('[');
                rest = &rest[1..];
            }
        }
        plain.push_str(rest);
        (script, plain.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn has(&self, wanted: impl Fn(&Step) -> bool) -> bool {
        self.0.iter().any(wanted)
    }

    /// Returns the steps in order, with the notice that the answers are complete before the first
    /// suggestion.
    fn planned(self) -> VecDeque<Step> {
        let (last, mut steps): (VecDeque<_>, VecDeque<_>) =
            self.0.into_iter().partition(|step| matches!(step, Step::FollowUp(_)));
        steps.push_back(Step::Finish);
        steps.extend(last);
        steps
    }
}

/// The scripts of a server, by the text that a question contains.
#[derive(Clone, Debug, Default)]
pub struct Scripts(Vec<(String, Script)>);

impl Scripts {
    /// Sets the script for questions that contain `text`, ignoring case. If several match, the one
    /// added last is used.
    pub fn add(&mut self, text: impl AsRef<str>, script: Script) {
        self.0.push((text.as_ref().to_lowercase(), script));
    }

    /// Removes all scripts.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn find(&self, question: &str) -> Option<&Script> {
        let question = question.to_lowercase();
        let mut newest_first = self.0.iter().rev();
        newest_first.find(|(text, _)| question.contains(text)).map(|(_, script)| script)
    }
}

/// The input of the assistant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prompt {
    /// The text of the question.
    pub(crate) text: String,
    /// Descriptions of the attachments.
    pub(crate) attachments: Vec<String>,
    /// The number of the question in the conversation, from 1.
    pub(crate) turn: usize,
    /// `true` if the bot has the tools `get_weather` and `get_time`.
    pub(crate) has_tools: bool,
    /// `true` if the bot suggests questions.
    pub(crate) suggests: bool,
    /// The question of the chatflow that this input answers.
    pub(crate) asked: Option<String>,
}

/// Plans the steps for a question: a script of the server, the directives in the question, or the
/// default.
pub(crate) fn plan(prompt: &Prompt, scripts: &Scripts) -> VecDeque<Step> {
    if let Some(script) = scripts.find(&prompt.text) {
        return script.clone().planned();
    }
    let (mut script, text) = Script::directives(&prompt.text);
    if prompt.has_tools && script.0.is_empty() {
        script = tools(&text);
    }
    let is_end = |step: &Step| matches!(step, Step::Answer(_) | Step::Ask(_) | Step::Fail { .. });
    if !script.has(is_end) {
        let answer = answer(prompt, &text, &script);
        script = script.answer(answer);
    }
    if prompt.suggests && !script.has(|step| matches!(step, Step::FollowUp(_))) {
        script = script.follow_up("Tell me more.").follow_up("What else can you do?");
    }
    script.planned()
}

/// Returns the tools that the question needs: the weather in a place, and the time.
fn tools(text: &str) -> Script {
    let mut script = Script::new();
    let lower = text.to_ascii_lowercase();
    if let Some(at) = lower.find("weather in ") {
        let rest = &text[at + "weather in ".len()..];
        let ends = ['?', '.', ',', '!', ';'];
        let city = rest.split(ends).next().unwrap_or_default().trim();
        script = script.tool("get_weather", json!({"city": city}));
    }
    if lower.contains("what time is it") {
        script = script.tool("get_time", json!({}));
    }
    script
}

fn answer(prompt: &Prompt, text: &str, script: &Script) -> String {
    let report = |step: &Step| match step {
        Step::Call { name, .. } => Some(format!("The tool {name} says: {{{name}}}.")),
        _ => None,
    };
    let mut parts: Vec<String> = script.0.iter().filter_map(report).collect();
    let end = match &prompt.asked {
        Some(asked) => format!("I asked: {asked} You answered: {text}"),
        None if parts.is_empty() => format!("You said: {text}"),
        None => String::new(),
    };
    let ended = end.is_empty() || end.ends_with(['.', '!', '?', '。', '！', '？']);
    parts.push(if ended { end } else { format!("{end}.") });
    if !prompt.attachments.is_empty() {
        parts.push(format!("With it came {}.", prompt.attachments.join(" and ")));
    }
    if prompt.turn > 1 && prompt.asked.is_none() {
        parts.push(format!("This is turn {} of our conversation.", prompt.turn));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// Parses a directive after its opening bracket, and returns the remaining text.
fn directive(text: &str) -> Option<(Step, &str)> {
    let end = text.find(|character: char| !character.is_ascii_alphabetic())?;
    let (word, rest) = text.split_at(end);
    let rest = rest.trim_start_matches([':', ' ']);
    if word == "tool" {
        return call(rest);
    }
    let (argument, after) = rest.split_once(']')?;
    let argument = argument.trim();
    let text = || argument.to_owned();
    let step = match word {
        "hold" if argument.is_empty() => Step::Hold,
        _ if argument.is_empty() => return None,
        "knowledge" => Step::Knowledge(text()),
        "think" => Step::Think(text()),
        "answer" => Step::Answer(text()),
        "ask" => Step::Ask(text()),
        "suggest" => Step::FollowUp(text()),
        "fail" => {
            let (code, msg) = argument.split_once(' ').unwrap_or((argument, "It has failed."));
            Step::Fail { code: code.parse().ok()?, msg: msg.trim().to_owned() }
        }
        _ => return None,
    };
    Some((step, after))
}

/// `NAME {…}]`: the arguments are JSON and may hold brackets.
fn call(text: &str) -> Option<(Step, &str)> {
    let end = text.find([' ', '{', ']'])?;
    let (name, rest) = text.split_at(end);
    let mut rest = rest.trim_start();
    let mut arguments = json!({});
    if rest.starts_with('{') {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        arguments = values.next()?.ok()?;
        rest = &rest[values.byte_offset()..];
    }
    let after = rest.trim_start().strip_prefix(']')?;
    let step = Step::Call { name: name.to_owned(), arguments };
    (!name.is_empty()).then_some((step, after))
}

/// Splits a text into the pieces in which it is streamed: words, or at most eight characters.
pub(crate) fn pieces(text: &str) -> Vec<&str> {
    const LONGEST: usize = 8;
    let mut pieces = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (at, character) in text.char_indices() {
        length += 1;
        let end = at + character.len_utf8();
        if length == LONGEST || character.is_whitespace() {
            pieces.push(&text[start..end]);
            (start, length) = (end, 0);
        }
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

/// Estimates the number of tokens of a text: one for every four bytes.
pub(crate) fn tokens(text: &str) -> i64 {
    i64::try_from(text.len().div_ceil(4)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(text: &str) -> Vec<Step> {
        let prompt =
            Prompt { text: text.to_owned(), turn: 1, has_tools: true, ..Prompt::default() };
        plan(&prompt, &Scripts::default()).into()
    }

    #[test]
    fn directives_are_read() {
        let text = r#"Go [think So.] and [tool:f {"a":["]"]}] [tool g] [fail 5000 Out of order] [x] [hold]"#;
        let (script, plain) = Script::directives(text);
        let expected = Script::new()
            .think("So.")
            .tool("f", json!({"a": ["]"]}))
            .tool("g", json!({}))
            .fail(5000, "Out of order")
            .hold();
        assert_eq!((script, &*plain), (expected, "Go and [x]"));
        for text in ["[", "[fail x]", "[tool]", "[tool f {]", "[answer]", "[hold", "a[0]"] {
            let (script, plain) = Script::directives(text);
            assert_eq!((script, &*plain), (Script::new(), text));
        }
    }

    #[test]
    fn the_default_answer_repeats_the_question() {
        assert_eq!(asked("Hello!"), [Step::Answer("You said: Hello!".to_owned()), Step::Finish]);
        let prompt = Prompt {
            text: "Look".to_owned(),
            attachments: vec!["an image".to_owned(), "a file".to_owned()],
            turn: 2,
            suggests: true,
            ..Prompt::default()
        };
        let steps = plan(&prompt, &Scripts::default());
        let answer =
            "You said: Look. With it came an image and a file. This is turn 2 of our conversation.";
        assert_eq!(steps[0], Step::Answer(answer.to_owned()));
        assert_eq!(steps[3], Step::FollowUp("What else can you do?".to_owned()));
    }

    #[test]
    fn questions_about_the_weather_call_a_tool() {
        let steps = asked("What is the weather in Kunming?");
        let call =
            Step::Call { name: "get_weather".to_owned(), arguments: json!({"city": "Kunming"}) };
        assert_eq!(steps[0], call);
        assert_eq!(steps[1], Step::Answer("The tool get_weather says: {get_weather}.".to_owned()));
    }

    #[test]
    fn scripts_take_precedence_and_the_newest_wins() {
        let mut scripts = Scripts::default();
        scripts.add("Weather", Script::new().answer("Rain."));
        scripts.add("weather", Script::new().answer("Sun."));
        let prompt = Prompt { text: "The WEATHER?".to_owned(), ..Prompt::default() };
        assert_eq!(plan(&prompt, &scripts)[0], Step::Answer("Sun.".to_owned()));
        scripts.clear();
        assert_eq!(plan(&prompt, &scripts)[0], Step::Answer("You said: The WEATHER?".to_owned()));
    }

    #[test]
    fn joined_pieces_equal_the_text() {
        for text in ["", "a", "One two  three.", "今天天气很好，我们去昆明。", "abcdefghijklmnop"]
        {
            assert_eq!(pieces(text).concat(), text);
        }
        assert_eq!(pieces("One two"), ["One ", "two"]);
    }
}
