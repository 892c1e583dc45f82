-- title: Where leads stand
-- answers: The leads that began in the time asked for, by their status now.
select status, count(*) as leads, sum(case when erased then 1 else 0 end) as erased
from leads where created_us >= {since}
group by status
order by leads desc, status
