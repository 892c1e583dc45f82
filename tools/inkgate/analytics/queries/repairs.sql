-- title: Repairs by question
-- answers: How often an answer could not be read, or was corrected later: where the words of a question could be better.
with asked as (
    select h.question as question, min(h.step) as place, count(distinct h.lead_id) as leads
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type = 'step_advanced' and not h.undone
    group by h.question
),
told as (
    select h.question as question,
        sum(case when h.type = 'strike_recorded' then 1 else 0 end) as not_read,
        count(distinct case when h.type = 'strike_recorded' then h.lead_id end) as leads_not_read,
        count(distinct case when h.strikes >= 3 then h.lead_id end) as leads_three_times,
        sum(case when h.correction then 1 else 0 end) as corrected
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type in ('strike_recorded', 'answer_recorded')
    group by h.question
)
select a.question as question, a.leads as asked, coalesce(t.not_read, 0) as not_read,
    coalesce(t.leads_not_read, 0) as leads_not_read, coalesce(t.leads_three_times, 0) as leads_three_times,
    coalesce(t.corrected, 0) as corrected
from asked a left join told t on t.question = a.question
order by a.place, a.question
