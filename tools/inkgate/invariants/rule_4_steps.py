"""Rule 4: the step moves only to the next question that is unanswered in this run of the questions; back only by restart,
resume, correction or revert. No answer is stored under a question that its writer had not been sent.

Where the studio's questions have changed (`inkgate.studio.changed` carries them), a step may be right by any of its lists:
the one that stood when the question was chosen is not known here.

When it fails, a client is asked twice or skips a question, or her words stand under a question that she had not read: look
at the gate that moved the step (what did the lead look like when it was opened?) and at when WhatsApp took the question.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from inkgate.invariants.snapshot import Finding, Snapshot, TimelineRow
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.control import StudioChanged
from inkgate_common.contracts.leads import AnswerRecorded, ChangeReverted, LeadCreated, Restarted, StepAdvanced

TITLE = "the next unanswered question, and no other"


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("4", TITLE)
    lists = [event.data.questions for event in snapshot.of("control", StudioChanged) if event.data.questions]
    lists = [one for number, one in enumerate([*lists, snapshot.questions]) if one not in lists[:number]]
    for lead_id, events in snapshot.lead_events.items():
        if isinstance(events[0].data, LeadCreated):
            _walk(finding, lead_id, events, lists)
    for rows in snapshot.timelines.values():
        _answers(snapshot, finding, rows)
    return finding


class _Run:
    """One run of the questions: it ends with a restart."""

    def __init__(self) -> None:
        self.step = -1
        self.key: str | None = None
        self.asked: set[str] = set()
        self.answered: set[str] = set()
        # A correction has opened an earlier question again.
        self.back = False


def _walk(finding: Finding, lead_id: UUID, events: Sequence[Event], lists: Sequence[Sequence[str]]) -> None:
    run, before = _Run(), None
    for event in events:
        data = event.data
        match data:
            case Restarted():
                run = _Run()
            case AnswerRecorded():
                finding.count("answers")
                beside = isinstance(before, AnswerRecorded) and before.at == data.at  # a city tells its country
                if data.key not in run.asked and not beside:
                    finding.wrong(f"an answer to '{data.key}', which was not asked", lead=lead_id, version=data.version)
                if data.withdrawn:
                    run.answered.discard(data.key)
                    run.back = True
                else:
                    run.answered.add(data.key)
            case StepAdvanced():
                finding.count("steps")
                _advance(finding, run, data, lists)
            case ChangeReverted():
                finding.count("taken back")
                if run.key is not None and run.key != data.question:
                    run.asked.discard(run.key)
                run.step, run.key = data.step, data.question
        before = data


def _advance(finding: Finding, run: _Run, data: StepAdvanced, lists: Sequence[Sequence[str]]) -> None:
    where = {"lead": data.lead_id, "version": data.version, "intent": data.intent_id}
    upcoming = [next((key for key in questions if key not in run.answered), None) for questions in lists]
    if data.key not in upcoming:
        finding.wrong(f"the step moved to '{data.key}', but '{upcoming[-1]}' is the next unanswered", **where)
    if len(lists) == 1:
        if data.from_step != run.step:
            finding.wrong(f"the step moved from {data.from_step}, but it stood at {run.step}", **where)
        if data.to_step < run.step and not run.back:
            finding.wrong(f"the step went back from {run.step} to {data.to_step}", **where)
    else:
        finding.count("steps while the questions changed")
    run.step, run.key, run.back = data.to_step, data.key, False
    if data.key is not None:
        run.asked.add(data.key)


def _answers(snapshot: Snapshot, finding: Finding, rows: Sequence[TimelineRow]) -> None:
    """From outside: an answer was written no earlier than the second in which WhatsApp took the question."""
    asked: dict[tuple[UUID | None, str], UUID | None] = {}
    for row in rows:
        if row.kind == "step_advanced":
            asked[(row.lead_id, str(row.data.get("key")))] = row.intent_id
        elif row.data.get("verdict") == "answer":
            intent_id = asked.get((row.lead_id, str(row.data.get("question"))))
            calls = (
                [call.started_at for call in snapshot.calls.get(intent_id, ()) if call.accepted] if intent_id else []
            )
            if not calls:
                continue
            finding.count("answers seen from outside")
            if datetime.fromisoformat(row.data["sent_at"]) < min(calls).replace(microsecond=0):
                finding.wrong(
                    f"an answer to '{row.data['question']}' was written before that question went out",
                    lead=row.lead_id,
                    message=row.data["message_id"],
                )
