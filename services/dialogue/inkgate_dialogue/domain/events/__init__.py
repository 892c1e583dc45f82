"""Facts: what `decide` returns and `evolve` folds. Each is a row of the timeline; most are published to `leads` as well.

A fact that RAISES gives its lead the next version; the others (messages in, out and their receipts) leave it, so that
duplicates and receipts do not change it (PROTOCOL §4).
"""

from inkgate_dialogue.domain.events.fact import Fact, LeadFact
from inkgate_dialogue.domain.events.lead import (
    AnswerRecorded,
    ChangeReverted,
    Flagged,
    GateClosed,
    HandoverClosed,
    HandoverOpened,
    Kept,
    LeadCreated,
    LeadErased,
    Marked,
    Reminded,
    Restarted,
    Silence,
    StatusChanged,
    StatusReplied,
    StepAdvanced,
    StrikeRecorded,
)
from inkgate_dialogue.domain.events.messages import (
    CancellationAsked,
    GateSuperseded,
    MessageAccepted,
    MessageCancelled,
    MessageCreated,
    MessageFailed,
    MessageReceived,
    MessageSeen,
    MessageSent,
    RetryForgotten,
)
from inkgate_dialogue.domain.events.offers import (
    DepositRecorded,
    DepositSet,
    SlotHeld,
    SlotReleased,
    SlotsOffered,
    TourAnswered,
    TourOffered,
    WindowGiven,
)
from inkgate_dialogue.domain.events.operator import (
    ActionRefused,
    ActionTaken,
    Note,
)
from inkgate_dialogue.domain.events.person import (
    ArtistWrote,
    ClosedInto,
    Joined,
    LanguageChosen,
    NoticeGiven,
    NoticeTaken,
    OptedIn,
    OptedOut,
    Parked,
    Paused,
    PauseEnded,
    PersonErased,
    PersonSeen,
    TimerFired,
    TimerSet,
    WordHeard,
)
