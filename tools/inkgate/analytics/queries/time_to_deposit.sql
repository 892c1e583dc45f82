-- title: From first message to deposit
-- answers: How many hours it took those who paid, by the month (UTC) in which they first wrote: half of them, and nine in
-- ten, took no longer.
with took as (
    select substring(cast(created_day as varchar(10)), 1, 7) as month, (paid_us - created_us) / 3.6e9 as hours
    from leads where created_us >= {since} and paid_us is not null
),
ranked as (
    select month, hours, row_number() over (partition by month order by hours) as place,
        count(*) over (partition by month) as of_all
    from took
)
select month, max(of_all) as paid, min(hours) as fastest, min(case when place >= 0.5 * of_all then hours end) as half,
    min(case when place >= 0.9 * of_all then hours end) as nine_in_ten, max(hours) as slowest
from ranked
group by month
order by month
