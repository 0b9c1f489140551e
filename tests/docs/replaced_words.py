"""The words that were replaced, each with what to say in its place."""


def inflections(word: str) -> set[str]:
    """Return the forms in which *word* can come back."""
    stem = word.removesuffix("e")
    return {word, f"{word}s", f"{stem}ed", f"{stem}ing", f"{stem}ation"}


# Words that are not allowed in an identifier, a docstring, a comment or a message, in any form.
BASES = {
    "anew": "again, or rebuilt",
    "behaviour": "behavior, or the name of the settings",
    "catalogue": "catalog",
    "colour": "color",
    "dear": "over_budget, or costly",
    "favour": "favor",
    "halfway": "stuck",
    "house": "the name of what it holds: BrokerState, TestDatabase",
    "housekeeping": "maintenance",
    "initialise": "initialize",
    "manieth": "every n-th",
    "materialise": "materialize",
    "neighbour": "neighbor",
    "normalise": "normalize",
    "organise": "organize",
    "portion": "batch",
    "promise": "life cycle, or declare",
    "recognise": "recognize",
    "respell": "normalize",
    "reveal": "fill_redacted",
    "serialise": "serialize",
    "settle": "decide, recover or fill in",
    "shadow": "scratch table",
    "stranger": "unmanaged",
    "surrounding": "context",
    "survey": "plan, plan_result or PlanResult",
    "tombstone": "RemovalRequest, or removal request",
    "withhold": "steps_blocked, or block",
}
# Other forms of these words are plain, or they have none.
FORMS = {"spelled": "normalized", "withheld": "steps_blocked, or blocked"}
WORDS = {form: say for base, say in BASES.items() for form in inflections(base)} | FORMS
# Kafka calls a record without a value so, and the embedded broker stores such records.
KAFKAS_OWN = inflections("tombstone")

# Names that say less than the word beside them; with leading underscores, too.
NAMES = {
    "Agreement": "Confirmation",
    "Applying": "TableExecutor",
    "Asking": "ProbeOptions",
    "Chosen": "PurgeSelection",
    "Hold": "the name of what is stopped",
    "Known": "TablePlanInputs",
    "KnownTopics": "TopicPlanInputs",
    "KnownViews": "ViewPlanInputs",
    "Knowledge": "TablePlanInputs",
    "Leaving": "UndeclaredResources",
    "Left": "RemovalDecisions",
    "Outcome": "ReconcileResult",
    "Part": "DataPart, or TableElement",
    "Rebuilding": "RebuildRun",
    "Seat": "EngineConnection",
    "Sending": "StatementContext",
    "TablePart": "TableElement",
    "Telling": "ProgressCallbacks",
    "Told": "TableFacts",
    "Wanted": "RestoreTarget",
    "What": "PullSelection",
    "Where": "ProjectOptions",
    "Wiring": "ProjectContext",
    "around": "context",
    "begun": "start_checkpoint, or started",
    "beyond": "unsupported_by_server",
    "caught_up": "catch_up_events",
    "fence": "recheck, or fencing_token",
    "goes_on": "can_resume",
    "going": "decide_removals, or the name of what is dropped",
    "half_way": "stuck",
    "held": "project_lock, or the reason why it is blocked",
    "held_back": "split_blocked",
    "held_by": "storage_facts",
    "held_parts": "unmixed_parts",
    "kept": "trash_entry, or the name of what stays",
    "left_code": "undeclared_resources",
    "left_over": "cleanup, or leftovers",
    "put_back": "revert_type_change",
    "new_stage": "create_staging",
    "said": "error_summary, or the name of the text",
    "sent_well": "send_or_raise",
    "stands": "is_final",
    "such_as": "sample_suffix",
    "there": "live",
    "told": "error_means_loss, or the name of the text",
    "strangers": "unmanaged",
    "unless_rebuilt": "assess_in_place",
    "wanted": "desired",
    "why_held": "removal_block_reason",
    "written_out": "materialize_old_defaults, or inline_user_functions",
}

# Those that are replaced inside a longer name as well; others are plain in a sentence.
ALSO_INSIDE = {
    "caught_up",
    "half_way",
    "held_back",
    "left_code",
    "left_over",
    "new_stage",
    "put_back",
    "why_held",
    "written_out",
}

# Turns of phrase that are translated from another language, or that a newcomer reads twice.
PHRASES = {
    r"(?<!there )(?<!There )\b(?:is|are|was|were) no (?!longer|more|less|better|other)\w+": (
        "is not a ..."
    ),
    r"(?i)\bno (?:valid )?UTF": "not valid UTF-8",
    r"\bhalf[ -]way\b": "stuck, or partly applied",
    r"\bput(?:s|ting)? (?:it )?back\b": "revert",
    r"\bown words\b": "message",
    r"\bboth halves\b": "ClickHouse and Kafka",
    r"\b(?:is|are|be|still) at work\b": "is running",
    r"\bg(?:ive|ives|ave|iving) way\b": "was replaced, and went to the trash",
    r"\bfits nothing\b": "no step waits for it",
    r"\bmeets? \S+ for the first time\b": "does not manage it yet",
    r"\bcomes? while\b": "is added, and the other is dropped",
    r"\b(?:is|are|was|were) let go\b": "is not managed any more",
    r"\brooms? of the\b": "the name of what it is",
}
# A sentence that each of them finds.
FOUND = (
    "It is no table.",
    "The name is not UTF-8, no UTF at all.",
    "It stopped half-way.",
    "The next run puts it back.",
    "The server's own words follow.",
    "Both projects: both halves are read.",
    "It is at work.",
    "The table gave way.",
    "The approval fits nothing.",
    "The project meets it for the first time.",
    "A column comes while another is dropped.",
    "It is let go.",
    "The rooms of the broker.",
)
