-- title: Funnel by day
-- answers: For the leads of each day (UTC): how many began, how many were asked each question, and had each status, until now.
select * from (
    select l.created_day as day, 'created' as what, 'created' as name, -2 as place, count(*) as leads
    from leads l where l.created_us >= {since}
    group by l.created_day
    union all
    select l.created_day, 'step', h.question, min(h.step), count(distinct h.lead_id)
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type = 'step_advanced' and not h.undone
    group by l.created_day, h.question
    union all
    select l.created_day, 'status', h.status, 1000, count(distinct h.lead_id)
    from history h join leads l on l.lead_id = h.lead_id
    where l.created_us >= {since} and h.type = 'status_changed' and not h.undone
    group by l.created_day, h.status
) counted
order by day, place, leads desc, name
