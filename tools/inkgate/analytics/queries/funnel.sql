-- title: Funnel
-- answers: Of the leads that began in the time asked for, how many were ever asked each question, and had each status.
-- A change that was taken back (its message did not arrive) was not reached.
-- note: `GET /api/funnel` of dialogue says the same.
select * from (
    select 'created' as what, 'created' as name, -2 as place, count(*) as leads from leads where created_us >= {since}
    union all
    select 'step', h.question, min(h.step), count(distinct h.lead_id)
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type = 'step_advanced' and not h.undone
    group by h.question
    union all
    select 'status', h.status, 1000, count(distinct h.lead_id)
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type = 'status_changed' and not h.undone
    group by h.status
) counted
order by place, leads desc, name
