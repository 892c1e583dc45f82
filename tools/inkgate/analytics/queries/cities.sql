-- title: Cities
-- answers: By city: enquiries, deposits and their sum less what was given back, bookings, who came and who did not.
with ended as (
    select lead_id,
        max(case when status = 'BOOKED' then 1 else 0 end) as booked,
        max(case when status = 'COMPLETED' then 1 else 0 end) as came,
        max(case when status = 'NO_SHOW' then 1 else 0 end) as no_show
    from history where type = 'status_changed' and not undone
    group by lead_id
)
select coalesce(l.city, 'not known') as city, count(*) as leads,
    sum(case when l.paid_us is not null then 1 else 0 end) as deposits,
    sum(l.paid_pence - l.refunded_pence) as kept_pence,
    sum(coalesce(e.booked, 0)) as booked, sum(coalesce(e.came, 0)) as came, sum(coalesce(e.no_show, 0)) as no_shows
from leads l left join ended e on e.lead_id = l.lead_id
where l.created_us >= {since}
group by coalesce(l.city, 'not known')
order by leads desc, city
