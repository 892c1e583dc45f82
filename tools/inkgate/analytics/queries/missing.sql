-- title: What is missing
-- answers: Leads of which a fact is missing: it has not come yet, or it was deleted from the topic before it was read. Their
-- figures are of what is known.
select lead_id, version, missing, created_at, changed_at, status
from leads where missing > 0
order by changed_at desc, lead_id
