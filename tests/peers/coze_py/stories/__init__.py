"""Calls and streams of cozepy, unmodified, whose results are looked at.

Every function whose name begins with `story_` is told by itself; one that fails does not stop the others. What cozepy
gets wrong is called through `known_bug` and has to go on failing, so that the list stays true.
"""

import traceback

from cozepy import Coze, TokenAuth

from stories import accounts, bots, chats, knowledge, oauth, sockets, speech, workflows

# Copies of templates are bots, so the story that lists bots runs first.
CHAPTERS = (bots, accounts, chats, workflows, knowledge, speech, sockets, oauth)


def tell(base, log):
    """Runs all stories and returns the names of those that failed."""
    coze = Coze(auth=TokenAuth("pat_peer"), base_url=base)
    stories = {
        name: story
        for chapter in CHAPTERS
        for name, story in vars(chapter).items()
        if name.startswith("story_")
    }
    failed = [name for name, story in stories.items() if not told(name, story, coze, base)]
    if failed:
        print("".join(log[-40:]))
    print(f"cozepy: {len(stories)} stories, {len(log)} requests")
    return failed


def told(name, story, coze, base):
    try:
        story(coze, base)
    except Exception:
        print(f"--- {name}", traceback.format_exc(), sep="\n")
        return False
    return True
