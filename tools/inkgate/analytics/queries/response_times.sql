-- title: Response times
-- answers: How long the client, and we, waited for an answer: half of the times, and nine in ten, it took no longer. The bot's is
-- from the arrival of her message to WhatsApp's taking of our answer.
with facts_of as (
    select h.*,
        min(h.at_us) over (partition by h.lead_id order by h.version rows between 1 following and 1 following) as next_us,
        min(h.type) over (partition by h.lead_id order by h.version rows between 1 following and 1 following) as next_type
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type in ('step_advanced', 'answer_recorded', 'strike_recorded') and not h.undone
),
handed as (
    select h.lead_id, h.type, h.at_us,
        min(h.at_us) over (partition by h.lead_id order by h.version rows between 1 following and 1 following) as next_us
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type in ('handover_opened', 'handover_closed')
),
moved as (
    select h.lead_id, h.status, h.at_us,
        min(h.at_us) over (partition by h.lead_id order by h.version rows between 1 following and 1 following) as next_us
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type in ('status_changed', 'change_reverted') and not h.undone
),
waits as (
    select 'the bot, answering her' as who, 1 as place, m.waited_us as us
    from messages m join leads l on l.lead_id = m.lead_id
    where l.created_us >= {since} and m.type = 'message_sent' and m.waited_us is not null
    union all
    select 'she, answering a question', 2, next_us - at_us from facts_of
    where type = 'step_advanced' and next_type in ('answer_recorded', 'strike_recorded')
    union all
    select 'the artist, deciding on an enquiry', 3, next_us - at_us from moved
    where status = 'PENDING_APPROVAL' and next_us is not null
    union all
    select 'the artist, after a handover', 4, next_us - at_us from handed
    where type = 'handover_opened' and next_us is not null
),
ranked as (
    select who, place, us, row_number() over (partition by who order by us) as n, count(*) over (partition by who) as of_all
    from waits
)
select who, max(of_all) as times, min(case when n >= 0.5 * of_all then us end) / 1e6 as half_s,
    min(case when n >= 0.9 * of_all then us end) / 1e6 as nine_in_ten_s, max(us) / 1e6 as longest_s
from ranked
group by who, place
order by place
