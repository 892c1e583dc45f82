-- title: Delivery
-- answers: Of the messages that ended on each day (UTC): how many WhatsApp took, how many reached her phone, were read, and
-- failed in the end. A late failure counts as failed; a message that was proved to have arrived after it failed, as taken.
with one_message as (
    select m.intent_id as intent_id, min(m.day) as day,
        max(case when m.type = 'message_sent' then m.at_us end) as sent_us,
        max(case when m.type = 'message_failed' then m.at_us end) as failed_us,
        max(case when m.type = 'message_seen' and m.status in ('delivered', 'read', 'played') then 1 else 0 end) as arrived,
        max(case when m.type = 'message_seen' and m.status in ('read', 'played') then 1 else 0 end) as was_read
    from messages m join leads l on l.lead_id = m.lead_id
    where l.created_us >= {since} and m.intent_id is not null
    group by m.intent_id
)
select day, count(*) as messages,
    sum(case when sent_us is not null and coalesce(failed_us, 0) <= sent_us then 1 else 0 end) as taken,
    sum(arrived) as arrived, sum(was_read) as was_read,
    sum(case when failed_us is not null and failed_us > coalesce(sent_us, 0) then 1 else 0 end) as failed
from one_message
where sent_us is not null or failed_us is not null
group by day
order by day
