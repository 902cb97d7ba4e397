"""Stories: calls and streams of the unmodified cozepy whose results are checked.

Every function whose name begins with `story_` runs separately; a failure does not stop the others. Calls that fail
because of a bug in cozepy go through `known_bug` and must keep failing, so that the list stays up to date.
"""

import traceback

from cozepy import Coze, TokenAuth

from stories import accounts, bots, chats, knowledge, oauth, sockets, speech, workflows

# Copies of templates are bots, so the story that lists bots runs first.
CHAPTERS = (bots, accounts, chats, workflows, knowledge, speech, sockets, oauth)


def run_all(base, log):
    """Runs all stories and returns the names of those that failed."""
    coze = Coze(auth=TokenAuth("pat_peer"), base_url=base)
    stories = {
        name: story
        for chapter in CHAPTERS
        for name, story in vars(chapter).items()
        if name.startswith("story_")
    }
    failed = [name for name, story in stories.items() if not succeeds(name, story, coze, base)]
    if failed:
        print("".join(log[-40:]))
    print(f"cozepy: {len(stories)} stories, {len(log)} requests")
    return failed


def succeeds(name, story, coze, base):
    try:
        story(coze, base)
    except Exception:
        print(f"--- {name}", traceback.format_exc(), sep="\n")
        return False
    return True
