"""Bots, their channels and their variables."""

from cozepy import BotOnboardingInfo, BotPromptInfo, VariableValue
from cozepy.connectors.bots import AuditStatus

from support import BOT, WORKSPACE, refused


def story_a_bots_life(coze, base):
    bots = coze.bots
    prompt = BotPromptInfo(prompt="You know trains.")
    onboarding = BotOnboardingInfo(prologue="Hello!", suggested_questions=["When?"])
    made = bots.create(space_id=WORKSPACE, name="Trains", prompt_info=prompt, onboarding_info=onboarding)
    refused(4015, lambda: bots.retrieve(bot_id=made.bot_id))
    bots.update(bot_id=made.bot_id, name="More trains", prompt_info=prompt)
    draft = bots.retrieve(bot_id=made.bot_id, is_published=False, use_api_version=2)
    assert draft.name == "More trains", draft
    published = bots.publish(bot_id=made.bot_id)
    assert published.version, published
    online = bots.retrieve(bot_id=made.bot_id)
    assert (online.name, online.prompt_info.prompt) == ("More trains", prompt.prompt), online
    assert [bot.id for bot in bots.list(space_id=WORKSPACE, page_size=1)] == [BOT, made.bot_id]
    listed = bots.list(space_id=WORKSPACE, use_api_version=2)
    assert [bot.id for bot in listed] == [BOT, made.bot_id]
    # cozepy sends the page number as `page_index`, which the operation does not have.
    pages = bots.list(space_id=WORKSPACE, page_size=1, use_api_version=2)
    assert [bot.id for bot in pages] == [BOT, BOT], "cozepy has fixed this"
    bots.unpublish(bot_id=made.bot_id, connector_id="1024", unpublish_reason="No trains any more.")
    refused(4015, lambda: bots.retrieve(bot_id=made.bot_id))
    refused(4200, lambda: bots.retrieve(bot_id="1"))


def story_channels(coze, base):
    coze.connectors.bots.update(
        bot_id="7342866812345000001", connector_id="7420279712345678901", audit_status=AuditStatus.APPROVED
    )


def story_variables(coze, base):
    value = VariableValue(keyword="city", value="Kunming")
    coze.variables.update(connector_uid="peer", bot_id=BOT, data=[value])
    values = coze.variables.retrieve(connector_uid="peer", bot_id=BOT, keywords=["city"])
    assert [(value.keyword, value.value) for value in values] == [("city", "Kunming")]
