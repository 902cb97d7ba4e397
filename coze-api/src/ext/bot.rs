//! Bots: fields that replies spell in two ways.

use crate::generated::bots::BotOnboarding;

impl BotOnboarding {
    /// Returns the opening message of the bot, in whichever spelling the reply has the field.
    pub fn prologue(&self) -> &str {
        match &*self.prologue {
            "" => &self.prologue_pascal_case,
            prologue => prologue,
        }
    }

    /// Returns the questions that the bot suggests at the start, in whichever spelling the reply
    /// has the field.
    pub fn suggested_questions(&self) -> &[String] {
        match &*self.suggested_questions {
            [] => &self.suggested_questions_pascal_case,
            questions => questions,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        for json in [
            r#"{"prologue": "Hello", "suggested_questions": ["Who?"]}"#,
            r#"{"Prologue": "Hello", "SuggestedQuestions": ["Who?"]}"#,
        ] {
            let onboarding: BotOnboarding = serde_json::from_str(json).unwrap();
            assert_eq!(onboarding.prologue(), "Hello");
            assert_eq!(onboarding.suggested_questions(), ["Who?"]);
        }
        assert_eq!(BotOnboarding::default().prologue(), "");
    }
}
