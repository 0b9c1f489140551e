"""A plan as the comment of a pull request."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from moose_dagster.life_cycle import LifeCycle
from moose_dagster.plan.impact import Impact
from moose_dagster.plan.steps import Plan
from moose_dagster.report.markdown import PlanComment
from moose_dagster.state.tables import Column
from moose_dagster.testing import a_table, plan_of

FM, DP = LifeCycle.FULLY_MANAGED, LifeCycle.DELETION_PROTECTED
LIVE = a_table("id Int64", "gone String", "kept String")
MIXED = plan_of(LIVE, a_table("id Int64", "kept LowCardinality(String)", "n Int8"), FM)


def of_many(count: int) -> Plan:
    plans = [
        plan_of(
            a_table("id Int64", "gone String", name=f"shop.t{number}"),
            a_table("id Int64", "n Int8", name=f"shop.t{number}"),
            DP if number % 2 else FM,
        )
        for number in range(count)
    ]
    steps = tuple(step for plan in plans for step in plan.steps)
    actions = tuple(action for plan in plans for action in plan.actions)
    return Plan(steps=steps, actions=actions)


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def inline(text: str) -> list[Token]:
    """Return every token within the lines of *text*, as CommonMark reads it."""
    tokens = MarkdownIt().parse(text)
    return [child for token in tokens for child in token.children or ()]


def test_what_loses_something_comes_first_and_statements_can_be_opened():
    comment = PlanComment(MIXED, "shop in prod", impacts=[Impact(LIVE.id, rows=7)])

    text = comment.text()

    assert headings(text) == [
        "### shop in prod: 3 changes to apply, 0 blocked, 0 drifted",
        "#### Will be applied, and loses what is stored (1)",
        "#### Will be applied (2)",
    ]
    assert text.index("`gone`") < text.index("`n`")
    assert (
        "**1 to create, 1 to change, 1 to drop: 7 rows go to the trash** · "
        f"Plan `{MIXED.fingerprint}`" in text
    )
    assert "- **shop.orders** (FULLY_MANAGED) · 7 rows\n" in text
    assert "  - drop column `gone`: `String` **loses data**\n    " in text
    assert text.count("<details>") == text.count("</details>") == len(MIXED.actions)
    assert "ADD COLUMN `n` Int8" in text


def test_what_is_blocked_has_its_reason_and_no_statement():
    text = PlanComment(plan_of(LIVE, a_table("id Int64", "kept String"), DP), "shop").text()

    assert headings(text)[1:] == ["#### Blocked (1)"]
    assert "its stored values would be lost" in text
    assert "<details>" not in text


def test_problems_and_notes_are_in_it():
    plan = replace(MIXED, notes=("the topics were not looked at.",))

    text = PlanComment(plan, "shop", problems=["shop.a can't be read."]).text()

    assert "> **Error:** shop.a can't be read.\n" in text
    assert "> the topics were not looked at.\n" in text


def test_a_plan_of_nothing_is_one_line_and_its_fingerprint():
    assert PlanComment(Plan(), "shop").text().splitlines() == [
        "### shop: no changes",
        "",
        f"Plan `{Plan().fingerprint}`",
    ]


def test_the_same_plan_gives_the_same_text():
    assert PlanComment(of_many(3), "shop").text() == PlanComment(of_many(3), "shop").text()


@pytest.mark.parametrize("most", [2_000, 10_000, 60_000])
def test_it_is_cut_to_a_size_and_says_what_is_left_out(most: int):
    plan = of_many(500)

    text = PlanComment(plan, "shop", most=most).text()

    shown = len(re.findall(r"^  - ", text, re.MULTILINE))
    words = r"^([\d,]+) changes and the statements of ([\d,]+) resources"
    left = re.search(words, text, re.MULTILINE)
    assert len(text) <= most
    assert left is not None
    assert int(left[1].replace(",", "")) == len(plan.steps) - shown
    assert int(left[2].replace(",", "")) == len(plan.actions) - text.count("<details>")
    assert text.count("<details>") == text.count("</details>")


def test_nothing_is_left_out_of_a_plan_that_fits():
    assert "left out" not in PlanComment(of_many(20), "shop").text()


# Names that ClickHouse takes in backticks: no line breaks, which its own statements escape.
_NAMES = st.text(st.sampled_from("ab`*_<>|@#[]()~\\!&;\"' "), min_size=1, max_size=12).filter(
    lambda name: name.strip() == name
)


@given(_NAMES)
def test_a_name_is_shown_as_it_is_and_is_not_markup(name: str):
    plan = plan_of(a_table("id Int64", Column(name, "String")), a_table("id Int64"), DP)

    tokens = inline(PlanComment(plan, "shop").text())

    assert name in [token.content for token in tokens if token.type == "code_inline"]
    assert not {"html_inline", "link_open", "em_open"} & {token.type for token in tokens}


@given(_NAMES)
def test_nobody_is_mentioned_by_a_name(name: str):
    plan = plan_of(None, a_table("id Int64", name=f"shop.{name}"), FM)

    tokens = inline(PlanComment(plan, f"@{name}").text())

    texts = [token.content for token in tokens if token.type == "text"]
    assert not [text for text in texts if re.search(r"@\w", text)]


@given(_NAMES)
def test_statements_stay_within_their_block(name: str):
    plan = plan_of(None, a_table("id Int64", name=f"shop.```{name}"), FM)

    tokens = MarkdownIt().parse(PlanComment(plan, "shop").text())

    blocks = [token for token in tokens if token.type == "fence"]
    assert [token.info for token in blocks] == ["sql"]
    assert blocks[0].content.startswith("CREATE TABLE")
    assert tokens[-1].type == "html_block"
    assert tokens[-1].content.strip() == "</details>"
