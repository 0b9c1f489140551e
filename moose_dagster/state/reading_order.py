"""Put what reads other resources after what it reads."""

from collections.abc import Collection, Mapping

from moose_dagster.state.names import TableId


def in_reading_order(reads: Mapping[TableId, Collection[TableId]]) -> tuple[TableId, ...]:
    """Return the keys of *reads*, each after those of them that it reads.

    Keys that do not depend on each other stay in the order that they are given in.

    Args:
        reads: What each resource reads, itself and unknown resources included.
    """
    waiting = dict(reads)
    ordered = list[TableId]()
    while waiting:
        ready = [place for place in waiting if waiting.keys().isdisjoint({*reads[place]} - {place})]
        # What reads each other in a circle can't exist; a wrong guess of a reader must not hang.
        for place in ready or list(waiting):
            ordered.append(place)
            del waiting[place]
    return tuple(ordered)
