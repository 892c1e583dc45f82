-- title: Why messages failed
-- answers: The codes of what failed (WhatsApp's, or why it was given up), how often, and for how many leads.
select m.code as code, count(*) as times, count(distinct m.lead_id) as leads
from messages m join leads l on l.lead_id = m.lead_id
where l.created_us >= {since} and m.type = 'message_failed'
group by m.code
order by times desc, code
