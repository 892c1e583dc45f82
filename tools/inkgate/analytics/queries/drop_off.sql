-- title: Where leads stop
-- answers: Of those who were asked a question, how many have gone on, and what became of those who have not answered it.
with asked as (
    select h.question as question, min(h.step) as place, count(distinct h.lead_id) as leads
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type = 'step_advanced' and not h.undone
    group by h.question
),
stopped as (
    select waiting_on as question, count(*) as leads,
        sum(case when status in ('NEW', 'QUALIFYING') then 1 else 0 end) as still_open,
        sum(case when status in ('ABANDONED', 'STALE') then 1 else 0 end) as gave_up,
        sum(case when status = 'OPTOUT' then 1 else 0 end) as opted_out,
        sum(case when status in ('NEEDS_ARTIST_REPLY', 'NEEDS_FOLLOW_UP') then 1 else 0 end) as with_artist
    from leads where created_us >= {since} and waiting_on is not null
    group by waiting_on
)
select a.question as question, a.leads as asked, a.leads - coalesce(s.leads, 0) as went_on,
    coalesce(s.still_open, 0) as still_open, coalesce(s.gave_up, 0) as gave_up, coalesce(s.opted_out, 0) as opted_out,
    coalesce(s.with_artist, 0) as with_artist,
    coalesce(s.leads - s.still_open - s.gave_up - s.opted_out - s.with_artist, 0) as ended_otherwise
from asked a left join stopped s on s.question = a.question
order by a.place, a.question
