"""Jobs on a cluster of Dask: workers on other machines perform the steps, the submitting process keeps the journal.

Contract: only `cluster` imports the library `distributed`, when it connects. `worker` runs on the workers, in their event loops,
and does not know Dask; `workers` finds them and notices their loss, `job_on_cluster` has them perform the steps of one job, and
`executor` is what users hold.

No step is a task of Dask's scheduler: that runs the tasks of a lost worker once more, by itself, and a question would be posted
twice. The workers are called by `distributed.Client.run`, which has nothing to do with tasks and makes each call once.
"""
