"""The phase of an ALTER in which each change is made."""

from enum import Enum

from typing_extensions import assert_never

from moose_dagster.diff import table_changes as changes


class Phase(Enum):
    """What makes a change of a live table."""

    TABLE_RENAME = "RENAME TABLE, which is sent before any ALTER"
    COLUMN_RENAME = "RENAME COLUMN"
    TABLE_SETTING = "MODIFY SETTING or RESET SETTING"
    COLUMN_ADDITION = "ADD COLUMN"
    COLUMN_CHANGE = "MODIFY COLUMN"
    COLUMN_SETTING = "MODIFY COLUMN ... MODIFY SETTING"
    COLUMN_REMOVAL = "DROP COLUMN"
    TABLE_PROPERTY = "MODIFY ORDER BY, MODIFY SAMPLE BY or MODIFY COMMENT"
    TABLE_TTL = "MODIFY TTL"
    ELEMENT = "ADD or DROP of an index, projection or constraint"
    NO_ALTER = "CREATE TABLE, a drop or a rebuild"


def phase_of(change: changes.TableChange) -> Phase:
    """Return the phase in which *change* is made."""
    match change:
        case changes.RenameTable():
            return Phase.TABLE_RENAME
        case changes.RenameColumn():
            return Phase.COLUMN_RENAME
        case changes.ChangeSetting():
            return Phase.TABLE_SETTING
        case changes.AddColumn():
            return Phase.COLUMN_ADDITION
        case (
            changes.ChangeType()
            | changes.ChangeDefault()
            | changes.ChangeCodec()
            | changes.ChangeColumnComment()
            | changes.ChangeColumnTtl()
            | changes.ChangeStatistics()
        ):
            return Phase.COLUMN_CHANGE
        case changes.ChangeColumnSettings():
            return Phase.COLUMN_SETTING
        case changes.DropColumn():
            return Phase.COLUMN_REMOVAL
        case changes.ChangeOrderBy() | changes.ChangeSampleBy() | changes.ChangeTableComment():
            return Phase.TABLE_PROPERTY
        case changes.ChangeTableTtl():
            return Phase.TABLE_TTL
        case changes.AddElement() | changes.DropElement() | changes.ChangeElement():
            return Phase.ELEMENT
        case (
            changes.CreateTable()
            | changes.DropTable()
            | changes.ChangeEngine()
            | changes.ChangePrimaryKey()
            | changes.ChangePartitionBy()
        ):
            return Phase.NO_ALTER
        case _:
            assert_never(change)
