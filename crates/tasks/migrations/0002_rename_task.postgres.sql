-- An application may well have a table `task` of its own.
alter table task rename to tessera_task;
alter index task_pkey rename to tessera_task_pkey;
alter index task_of_user_newest_first rename to tessera_task_of_user_newest_first;
