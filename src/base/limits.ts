// Every bound has its name here; the table of limits in the docs is made from this file.

/** Characters of a title. */
export const TITLE_CHARS_MAX = 200;
/** Characters of a description. */
export const DESCRIPTION_CHARS_MAX = 16_000;
/** Characters of a short word: a role, a tag, a language. */
export const WORD_CHARS_MAX = 64;
/** Characters of a path. */
export const PATH_CHARS_MAX = 4_096;
/** Characters of a file: address; each byte of its path may take three. */
export const FILE_URI_CHARS_MAX = 12_288;
/** Characters of the name under which an agent holds tasks. */
export const AGENT_CHARS_MAX = 64;
/** Tags of one task. */
export const TAGS_MAX = 20;
/** Tasks that one task waits for. */
export const NEEDS_MAX = 100;
/** The least urgent priority; 1 is the most urgent. */
export const PRIORITY_MAX = 9;
/** The priority of a task that was given none. */
export const PRIORITY_DEFAULT = 5;
/** Tasks that one graph shows. */
export const GRAPH_TASKS_MAX = 1_000;
/** Characters of a summary, a note or a decision. */
export const SUMMARY_CHARS_MAX = 4_000;
/** Points that show that a task is done. */
export const ACCEPTANCE_MAX = 20;
/** Characters of one such point. */
export const ACCEPTANCE_CHARS_MAX = 500;
/** Times that a task is started before a retry is refused, unless the task says otherwise. */
export const ATTEMPTS_MAX = 3;
/** Times that a task may say at most. */
export const ATTEMPTS_MAX_MAX = 100;
/** Milliseconds of the pause before the first retry; it doubles with each. */
export const RETRY_MS = 2_000;
/** Milliseconds of the longest pause before a retry. */
export const RETRY_MS_MAX = 10 * 60_000;
/** Tasks of one plan. */
export const PLAN_TASKS_MAX = 1_000;
/** Tasks of a plan that its answer names one by one. */
export const PLAN_ROWS_SHOWN_MAX = 50;
/** Milliseconds that a task is held without a sign of life of its holder. */
export const LEASE_MS = 15 * 60_000;
/** Characters of a handover: with the rest of session_start's answer at most 800 tokens. */
export const HANDOVER_CHARS_MAX = 2_100;
/** Tasks that were interrupted, in a handover. */
export const HANDOVER_INTERRUPTED = 5;
/** Tasks to start next, in a handover. */
export const HANDOVER_NEXT = 5;
/** Drafts that were left, in a handover. */
export const HANDOVER_DRAFTS = 3;
/** Decisions, in a handover: the newest. */
export const HANDOVER_DECISIONS = 3;
/** Characters of a document that puts a plan together; longer work is linked. */
export const SYNTHESIS_CHARS_MAX = 60_000;
/** Characters of one task's summary in it. */
export const SYNTHESIS_SUMMARY_CHARS_MAX = 2_000;
/** Tasks that a start tells of, of all that its task builds on. */
export const BRIEFING_NEEDS_MAX = 30;
/** Characters of the summary of one of them. */
export const BRIEFING_SUMMARY_CHARS_MAX = 1_000;
/** Characters of the whole text of one of them, when it is asked for. */
export const BRIEFING_TEXT_CHARS_MAX = 50_000;
/** Milliseconds between two looks for processes that died while they held a task, when the next task is wanted. */
export const DEATH_LOOK_MS = 250;
/** Tasks that one picture of a session reads. */
export const TREE_TASKS_MAX = 500;
/** Milliseconds between two pictures of a session that is watched, at least. */
export const WATCH_FRAME_MS = 100;
/** Milliseconds after which a picture is drawn anew although nothing has happened: ages grow. */
export const WATCH_TICK_MS = 1_000;
/** Characters of one piece of a draft. */
export const DRAFT_PIECE_CHARS_MAX = 262_144;
/** Pieces of one draft. */
export const DRAFT_PIECES_MAX = 1_000_000;
/** Characters of a draft, and of the work that a task is completed with. */
export const DRAFT_CHARS_MAX = 5_000_000;
/** Milliseconds between two events that tell of a growing draft. */
export const DRAFT_TOLD_MS = 1_000;
/** Characters of a draft's end that a start shows. */
export const DRAFT_TAIL_CHARS = 600;
/** Bytes of one artifact. */
export const ARTIFACT_BYTES_MAX = 16 * 1024 * 1024;
/** Files of the project that one artifact is about. */
export const ARTIFACT_FILES_MAX = 100;
/** Characters of an artifact's text that one answer shows, unless the caller asks for another number. */
export const ARTIFACT_TEXT_CHARS = 8_000;
/** Characters of an artifact's text that one answer shows at most. */
export const ARTIFACT_TEXT_CHARS_MAX = 200_000;
/** Bytes of one name in a path that is mirrored; a longer one is shortened. */
export const MIRRORED_NAME_BYTES_MAX = 120;
/** Bytes of a mirrored path below its task's folder; a longer one is shortened. */
export const MIRRORED_PATH_BYTES_MAX = 240;
/** Milliseconds after which a file that was never finished is taken for a crash's. */
export const UNFINISHED_MS = 3_600_000;
/** Contents that one look for unused ones reads. */
export const CONTENT_ROWS_MAX = 1_000;
/** Bytes of unused contents that one transaction deletes. */
export const CONTENT_DROP_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of an artifact's metadata file that is read. */
export const ARTIFACT_METADATA_BYTES_MAX = 1024 * 1024;
/** Names that an import reads in one folder. */
export const IMPORT_NAMES_MAX = 100_000;
/** Decisions that one completion records. */
export const DECISIONS_MAX = 20;
/** Characters of an artifact's text that can be found by a search. */
export const SEARCH_TEXT_CHARS_MAX = 32_768;
/** Characters of a search. */
export const SEARCH_CHARS_MAX = 200;
/** Words of a search; what is typed after them is not looked for. */
export const SEARCH_WORDS_MAX = 32;
/** Characters of a word that are looked at by a search. */
export const SEARCH_WORD_CHARS_MAX = 64;
/** Of what a search finds, the newest that are ranked. */
export const SEARCH_CANDIDATES_MAX = 1_000;
/** Events or rows that one transaction reads into the search index. */
export const SEARCH_CHUNK_ROWS = 100;
/** Milliseconds that a search waits for its index to catch up; after that it answers with what is there. */
export const SEARCH_WAIT_MS_MAX = 250;
/** What a search finds at most, before filters choose from it. */
export const SEARCH_FOUND_MAX = 500;
/** Rows of a page, unless the caller asks for another number. */
export const PAGE_ROWS = 20;
/** Rows of a page at most. */
export const PAGE_ROWS_MAX = 200;
/** Characters of a title in a list row. */
export const ROW_TITLE_CHARS_MAX = 80;
/** Suggestions that one completion answers. */
export const COMPLETIONS_MAX = 20;

/** Bytes of a project's settings; a larger file is not read. */
export const PROJECT_FILE_BYTES_MAX = 16_384;
/** Bytes of a file of git that is read to find the project; a larger one is not read. */
export const GIT_FILE_BYTES_MAX = 65_536;
/** Bytes of a role file; a larger one is not read. */
export const ROLE_FILE_BYTES_MAX = 32_768;
/** Bytes of all role files of one project; what is over it is not read. */
export const ROLES_BYTES_MAX = 256 * 1024;
/** Lines of expertise or approach in a role. */
export const ROLE_LINES_MAX = 50;
/** Role files of one project. */
export const ROLES_MAX = 200;
/** Roles that one file holds, in the form of earlier systems. */
export const ROLES_IN_FILE_MAX = 50;
/** Problems that are told of one role file. */
export const ROLE_PROBLEMS_MAX = 5;
/** Characters of a role's description in a list. */
export const ROLE_ROW_CHARS_MAX = 200;
/** Characters that the values of variables add to one role's prompt. */
export const ROLE_VALUES_CHARS_MAX = 32_768;
/** Bytes of a template file; a larger one is not read. */
export const TEMPLATE_FILE_BYTES_MAX = 65_536;
/** Bytes of all template files of one project; what is over it is not read. */
export const TEMPLATES_BYTES_MAX = 512 * 1024;
/** Template files of one folder. */
export const TEMPLATES_MAX = 100;
/** Problems that are told of one template file. */
export const DEFINITION_PROBLEMS_MAX = 10;
/** Characters of a template's description in a list. */
export const TEMPLATE_ROW_CHARS_MAX = 200;
/** Parameters of one template. */
export const TEMPLATE_PARAMETERS_MAX = 20;
/** Entries of a list that fills a template, and choices of a parameter. */
export const TEMPLATE_ENTRIES_MAX = 50;
/** Characters of one text that fills a template. */
export const TEMPLATE_VALUE_CHARS_MAX = 2_000;

/** Operations that share one commit. */
export const COMMIT_OPS_MAX = 64;
/** Operations that wait for a commit before callers are told to come back. */
export const WRITE_QUEUE_MAX = 10_000;
/** Milliseconds that a write waits for another process before it says so. */
export const LOCK_WAIT_MS_MAX = 5_000;
/** Bytes of a database that are checked at every start; a larger one is checked by its backups. */
export const QUICK_CHECK_BYTES_MAX = 32 * 1024 * 1024;
/** Rows that one transaction of the retention deletes. */
export const RETENTION_ROWS_MAX = 500;
/** Lock files of processes that one sweep looks at. */
export const PROCESS_LOCKS_MAX = 1_000;

/** Milliseconds between two looks for changes of other processes while somebody listens. */
export const LOOK_MS = 10;
/** Events that one look reads from the table. */
export const FEED_ROWS_MAX = 500;

/** Bytes of one message over stdio. */
export const STDIO_MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** Characters that wait for a client to read them before cadre stops reading from it. */
export const STDIO_UNREAD_CHARS_MAX = 4 * 1024 * 1024;
/** Milliseconds that calls in flight get after the client closed stdin. */
export const EOF_GRACE_MS = 5_000;
/** Milliseconds between two looks whether the parent process still lives. */
export const PARENT_LOOK_MS = 2_000;
/** Milliseconds between two signs of life of a call whose caller asked for progress. */
export const PROGRESS_MS = 5_000;
/** Levels of nesting in a JSON value that a caller sends. */
export const JSON_DEPTH_MAX = 64;
/** Milliseconds that a client gets to tell its roots. */
export const ROOTS_MS_MAX = 2_000;
/** Roots of one client that are looked at. */
export const ROOTS_MAX = 100;

/** Bytes of a request body that is read whole; a larger one is counted as it arrives. */
export const SMALL_BODY_BYTES_MAX = 65_536;
/** Bytes of one HTTP request body. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of all HTTP request bodies that are arriving at once. */
export const BODIES_BYTES_MAX = 256 * 1024 * 1024;
/** Milliseconds that an HTTP request body may take to arrive. */
export const BODY_MS_MAX = 60_000;
/** Streams of events open at once. */
export const EVENT_STREAMS_MAX = 10_000;
/** Milliseconds between two heartbeats of a quiet stream. */
export const HEARTBEAT_MS = 10_000;
/** Bytes that wait for the reader of an MCP stream over HTTP before it is closed. */
export const STREAM_UNREAD_BYTES_MAX = 512 * 1024;
/** MCP sessions over HTTP held in memory; one that was dropped is taken up again from its row. */
export const MCP_SESSIONS_MAX = 1_000;
/** Characters of a message that opens an MCP session or a stream over HTTP: it is kept as long as they are. */
export const MCP_OPENING_CHARS_MAX = 65_536;
/** Milliseconds after which an unused MCP session over HTTP is forgotten. */
export const MCP_SESSION_IDLE_MS_MAX = 7 * 24 * 3_600_000;
/** Characters of a resource's address. */
export const RESOURCE_URI_CHARS_MAX = 1_000;
/** Resources that one connection follows. */
export const SUBSCRIPTIONS_MAX = 1_000;
/** Callers whose rate is counted at once. */
export const RATE_CALLERS_MAX = 10_000;
/** Milliseconds for which an idempotency key is remembered. */
export const IDEMPOTENCY_MS = 24 * 3_600_000;
/** Characters of an idempotency key. */
export const IDEMPOTENCY_KEY_CHARS_MAX = 200;
/** Milliseconds that requests in flight get when the server stops. */
export const STOP_GRACE_MS = 30_000;
/** Milliseconds without a request after which a server whose port was taken over leaves. */
export const HANDOVER_QUIET_MS = 1_000;
/** Milliseconds of the longest wait that a setting may ask for. */
export const WAIT_MS_MAX = 24 * 24 * 3_600_000;
/** Tools, toolsets or hosts that one filter names. */
export const FILTER_NAMES_MAX = 200;

/** Bytes of the file that one chunk of a backup holds. */
export const BACKUP_CHUNK_BYTES = 64 * 1024;
/** Bytes that a backup leaves free on the disk. */
export const BACKUP_ROOM_BYTES = 16 * 1024 * 1024;
/** Milliseconds that one backup, or one restore, may take. */
export const BACKUP_MS_MAX = 10 * 60_000;
/** Milliseconds that a backup waits for another one of the same database. */
export const BACKUP_WAIT_MS_MAX = 60_000;
/** Milliseconds between two looks whether a backup is due. */
export const BACKUP_LOOK_MS = 10_000;
/** Milliseconds between two looks for what may be forgotten. */
export const RETENTION_EVERY_MS = 3_600_000;
/** Milliseconds that writers wait for a restore at most; it makes them longer while it is at work. */
export const FENCE_MS = 120_000;
/** Problems of a damaged database that are named. */
export const PROBLEMS_MAX = 10;
/** Bytes of one line of an exported workspace. */
export const EXPORT_LINE_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of a content, or of pieces of a draft, that one line of an exported workspace carries. */
export const EXPORT_CHUNK_BYTES = 256 * 1024;
/** Bytes of a content that an exported workspace carries as text, to be read; a longer one is in base64. */
export const EXPORT_TEXT_BYTES = 128 * 1024;
/** Lines of an exported workspace: they are imported in one transaction. */
export const EXPORT_LINES_MAX = 250_000;
/** Bytes of an exported workspace: while they are imported, nobody else can write. */
export const EXPORT_BYTES_MAX = 1024 * 1024 * 1024;

/** Milliseconds that a program runs, unless its caller asks for another time. */
export const CODE_WALL_MS = 30_000;
/** Milliseconds that a program may run at most, whatever its caller asks for. */
export const CODE_WALL_MS_MAX = 10 * 60_000;
/** Bytes of memory of a program and all that it starts. */
export const CODE_MEMORY_BYTES = 512 * 1024 * 1024;
/** Bytes of memory that a caller may ask for, at least: an engine needs some itself. */
export const CODE_MEMORY_BYTES_MIN = 16 * 1024 * 1024;
/** Bytes that a program prints before the rest is cut. */
export const CODE_OUTPUT_BYTES = 10 * 1024 * 1024;
/** Bytes that a program prints beyond that before it is ended. */
export const CODE_OUTPUT_OVER_BYTES = 32 * 1024 * 1024;
/** Processes and threads of a program. */
export const CODE_PROCESSES = 64;
/** Bytes that a program writes to files. */
export const CODE_DISK_BYTES = 256 * 1024 * 1024;
/** Files that a program has open at once. */
export const CODE_OPEN_FILES = 256;
/** Milliseconds between two looks at what a program uses. */
export const CODE_LOOK_MS = 30;
/** Timers that a JavaScript program has at once. */
export const CODE_TIMERS_MAX = 10_000;
/** Bytes of the head of a request that a program sends to the proxy that leads out. */
export const PROXY_HEAD_BYTES_MAX = 16_384;
/** Connections that a program has through it at once. */
export const PROXY_CONNECTIONS_MAX = 64;
/** Names of hosts that are told of those that it did not reach. */
export const PROXY_NAMES_MAX = 20;
/** Tools that a program calls. */
export const CODE_TOOL_CALLS_MAX = 200;
/** Of them at once. */
export const CODE_TOOL_CALLS_AT_ONCE = 8;
/** Characters of what it gives to a tool, and of what it is answered. */
export const CODE_TOOL_CHARS_MAX = 1_000_000;
/** Kernels that one server keeps. */
export const KERNELS_MAX = 8;
/** Milliseconds after which a kernel that nobody uses ends. */
export const KERNEL_IDLE_MS = 15 * 60_000;
/** Programs that run at once; others wait. */
export const CODE_RUNNING_MAX = 8;
/** Programs that wait before callers are told to come back. */
export const CODE_WAITING_MAX = 1_000;
/** Bytes of memory that QuickJS can use: above them its addresses have no sign to spare. */
export const SCRIPT_MEMORY_BYTES_MAX = 2 * 1024 * 1024 * 1024;
/** Bytes of the archive that Pyodide comes in, and of what is in it. */
export const PYODIDE_ARCHIVE_BYTES_MAX = 32 * 1024 * 1024;
export const PYODIDE_BYTES_MAX = 128 * 1024 * 1024;
/** Milliseconds that its download may take. */
export const PYODIDE_FETCH_MS = 300_000;
/** Runs that a queue may let start in its time. */
export const QUEUE_STARTS_MAX = 1_000_000;
/** Runs that one process works on at once. */
export const RUNS_AT_ONCE = 64;
/** Of them, taken in one change. */
export const RUNS_CLAIMED_AT_ONCE = 16;
/** Milliseconds after which a worker that was not heard of no longer counts, and between two signs of life. */
export const RUN_LEASE_MS = 30_000;
export const RUN_RENEW_MS = 10_000;
/** Milliseconds between two looks for what is due, or was left by who has died. */
export const RUN_SWEEP_MS = 1_000;
/** The same while nobody works, and nobody changes anything. */
export const RUN_SWEEP_IDLE_MS = 10_000;
/** Milliseconds between two looks at what other processes have changed. */
export const RUN_LOOK_MS = 20;
/** The same where nothing is worked on: there the system tells of changes. */
export const RUN_LOOK_IDLE_MS = 1_000;
/** Steps that one statement remembers on a server, and such statements under way at once: more would only wait for each other. */
export const RECORDS_AT_ONCE = 64;
export const RECORDS_IN_FLIGHT = 2;
/** Milliseconds between two looks at what others have changed on a server; and where a bus tells of it. */
export const SERVER_LOOK_MS = 250;
export const SERVER_LOOK_TOLD_MS = 1_000;
/** Hints that are kept for who was away for a moment. */
export const BUS_ENTRIES_KEPT = 1_000;
/** Milliseconds between two hints of one process, and for which it waits for those of others at a time. */
export const BUS_TELL_MS = 5;
export const BUS_BLOCK_MS = 5_000;
/** Milliseconds between two looks at the clock of a server. */
export const SERVER_CLOCK_LOOK_MS = 10_000;
/** Bytes of a file with a run in it, and runs in it: one, and all that it started. */
export const RUN_FILE_BYTES_MAX = 256 * 1024 * 1024;
export const RUNS_EXPORTED_MAX = 10_000;
/** Rows of a database that is copied, read at a time, and characters of them that one statement writes. */
export const COPY_ROWS_AT_ONCE = 200;
export const COPY_BYTES_AT_ONCE = 4 * 1024 * 1024;
/** Rows that a sweep changes at a time. */
export const RUN_SWEEP_ROWS = 500;
/** Workers that may die over a run before it counts as failed. */
export const RUN_CRASHES_MAX = 5;
/** Characters of what a run is given, of what a step or a run comes to, and of a signal. */
export const RUN_CHARS_MAX = 4_000_000;
/** Characters of a step's key and of a signal's name. */
export const RUN_NAME_CHARS_MAX = 200;
/** Steps that one run remembers. */
export const RUN_STEPS_MAX = 100_000;
/** Milliseconds between the first tries of a step, and the longest between two. */
export const STEP_RETRY_MS = 1_000;
export const STEP_RETRY_MS_MAX = 10 * 60_000;
/** Engines that stay ready while many programs come. */
export const ENGINES_IDLE_MAX = 4;
/** Milliseconds that they do. */
export const ENGINES_BUSY_MS = 20_000;
/** Engines that stay ready longer. */
export const ENGINES_RESTING_MAX = 2;
/** Milliseconds after which an engine that nobody needs is closed. */
export const ENGINE_IDLE_MS = 60_000;
/** Programs that one engine runs. */
export const ENGINE_PROGRAMS_MAX = 2_000;
/** Milliseconds that an engine gets to start. */
export const ENGINE_START_MS = 20_000;
/** Milliseconds that an engine gets to stop a program by itself, after its time. */
export const ENGINE_GRACE_MS = 60;
/** Rows that a query answers. */
export const SQL_ROWS_MAX = 100_000;
/** Characters of a program. */
export const CODE_CHARS_MAX = 2_000_000;
/** Packages that a Python program names. */
export const CODE_PACKAGES_MAX = 50;
/** Characters of one of them, with its versions. */
export const CODE_REQUIREMENT_CHARS_MAX = 200;
/** Milliseconds that installing them takes. */
export const CODE_PACKAGES_MS = 5 * 60_000;
/** Bytes that they take on the disk. */
export const CODE_PACKAGES_DISK_BYTES = 2 * 1024 * 1024 * 1024;
/** Bytes of all sets of packages that are kept; what was not used for longest goes first. */
export const CODE_PACKAGES_KEPT_BYTES = 8 * 1024 * 1024 * 1024;
/** Arguments of a program, and variables of its environment. */
export const CODE_WORDS_MAX = 200;
/** Characters of one of them. */
export const CODE_WORD_CHARS_MAX = 32_768;
/** Files that a program is given. */
export const CODE_FILES_GIVEN_MAX = 100;
/** Files that are kept of those that a program leaves. */
export const CODE_FILES_KEPT_MAX = 50;
/** Bytes of all files that are kept of one program. */
export const CODE_FILES_BYTES_MAX = 64 * 1024 * 1024;
/** Names that are looked at in what a program leaves. */
export const CODE_FILES_SEEN_MAX = 20_000;
/** Characters of a program, and of each of its outputs, that the history keeps. */
export const CODE_KEPT_CHARS_MAX = 1_000_000;
/** Characters of a program's output that an answer shows, unless the caller asks for another number. */
export const CODE_SHOWN_CHARS = 20_000;
/** Bytes of images that an answer carries for the client to show. */
export const CODE_IMAGES_BYTES_MAX = 4 * 1024 * 1024;
/** Milliseconds that a call may take longer than the program that it runs. */
export const TOOL_GRACE_MS = 30_000;
/** Bytes of one workflow file, and of all of a project's together. */
export const WORKFLOW_FILE_BYTES_MAX = 128 * 1024;
export const WORKFLOWS_BYTES_MAX = 1024 * 1024;
/** Workflow files of one folder. */
export const WORKFLOWS_MAX = 100;
/** Steps that one list of a workflow file writes down, and how deep lists may lie in lists. */
export const WORKFLOW_STEPS_MAX = 100;
export const WORKFLOW_DEPTH_MAX = 6;
/** Branches of a parallel step, and cases of a switch. */
export const WORKFLOW_BRANCHES_MAX = 20;
/** Characters of a text with expressions. */
export const WORKFLOW_TEXT_CHARS_MAX = 20_000;
/** Items that a map goes through, and how many it works on at once. */
export const MAP_ITEMS_MAX = 10_000;
export const MAP_AT_ONCE = 4;
export const MAP_AT_ONCE_MAX = 64;
/** Rounds of a loop. */
export const LOOP_ROUNDS_MAX = 1_000;
/** Runs that started one another, one in the other. */
export const RUN_DEPTH_MAX = 8;
/** Milliseconds and bytes that the expressions of one step may take. */
export const EXPRESSIONS_MS = 5_000;
export const EXPRESSIONS_BYTES = 256 * 1024 * 1024;
/** Engines that work out expressions at once. */
export const EXPRESSIONS_AT_ONCE = 4;
/** Tries of a step, and its longest time. */
/** How often a step tells how far it is, at most. */
export const STEP_PROGRESS_MS = 1_000;
export const STEP_TRIES_MAX = 20;
export const STEP_MS_MAX = 30 * 86_400_000;
/** Characters of a task's work that its step shows to the steps after it. */
export const STEP_WORK_CHARS_MAX = 200_000;
/** Milliseconds that a call waits for a run, if it does not say, and at most. */
export const RUN_WAIT_MS = 2_000;
export const RUN_WAIT_MS_MAX = 300_000;
/** Milliseconds that what is under way gets to end when its process leaves. */
export const RUN_PARK_MS = 5_000;
/** Steps of a run that one answer shows. */
export const RUN_STEPS_SHOWN = 100;
export const RUN_STEPS_SHOWN_MAX = 1_000;
/** Milliseconds that a question to a person may stay open in a call. */
export const QUESTION_MS = 10 * 60_000;
/** Milliseconds after which a process that a client has started opens its database, if nobody has called anything. */
export const OPEN_SOON_MS = 1_000;
/** Milliseconds between two starts of a schedule at the least. */
export const SCHEDULE_MS_MIN = 60_000;
/** Webhooks of one database, and types that one may name. */
export const WEBHOOKS_MAX = 100;
export const WEBHOOK_TYPES_MAX = 20;
export const URL_CHARS_MAX = 2_000;
/** Milliseconds that a webhook has to answer, and for which nobody else tries meanwhile. */
export const WEBHOOK_MS = 15_000;
export const WEBHOOK_CLASSIC_MS = 10_000;
export const WEBHOOK_TAKEN_MS = 60_000;
/** Deliveries that one process makes at once. */
export const WEBHOOKS_AT_ONCE = 16;
/** Failures in a row after which a webhook is left alone for a while. */
export const WEBHOOK_FAILURES_MAX = 5;
/** Events that are looked through at a time. */
export const WEBHOOK_EVENTS_MAX = 500;
/** Milliseconds for which it is known how a delivery went. */
export const WEBHOOK_KEPT_MS = 30 * 86_400_000;

/** Models in one list of fallbacks, and characters of the name of one. */
export const MODELS_MAX = 8;
export const MODEL_CHARS_MAX = 200;
/** Bytes of a file of the user's beside the settings. */
export const USER_FILE_BYTES_MAX = 256 * 1024;
/** Servers of others whose tools agents use, and milliseconds and characters of one call. */
export const UPSTREAM_SERVERS_MAX = 20;
export const UPSTREAM_MS = 60_000;
export const UPSTREAM_CHARS_MAX = 200_000;
/** Milliseconds that a server of others has to begin, and after which one that nobody uses is left. */
export const UPSTREAM_START_MS = 30_000;
export const UPSTREAM_IDLE_MS = 5 * 60_000;
/** Clients of models that a process keeps, and milliseconds after which one is made anew. */
export const MODEL_CLIENTS_MAX = 32;
export const MODEL_CLIENT_MS = 3_600_000;
/** Failures in a row after which a provider is left alone, and for how many milliseconds. */
export const PROVIDER_FAILURES_MAX = 5;
export const PROVIDER_REST_MS = 60_000;
/** Milliseconds that a provider has to say which models it has. */
export const PROVIDER_CHECK_MS = 5_000;
/** Milliseconds for which a model may say nothing. */
export const MODEL_SILENT_MS = 120_000;
/** Characters and tokens of one answer of a model. */
export const REPLY_CHARS_MAX = 400_000;
export const REPLY_TOKENS_MAX = 200_000;
/** A piece of an answer is kept when it is this old, or that long. */
export const PIECE_MS = 50;
export const PIECE_CHARS = 256;
/** Characters of an answer that broke off which are worth going on with. */
export const CONTINUED_CHARS_MIN = 200;
/** Answers of one agent, if it does not say, and at most. */
export const AGENT_STEPS = 12;
export const AGENT_STEPS_MAX = 100;
/** Milliseconds of one agent, if it does not say. */
export const AGENT_MS = 300_000;
/** Tries of an answer that failed for a reason that may pass. */
export const REPLY_TRIES = 3;
/** Characters of what a tool answers that an agent gets to see. */
export const AGENT_TOOL_CHARS_MAX = 40_000;
/** Tools that one agent may use. */
export const AGENT_TOOLS_MAX = 30;
/** Rows of one report of costs. */
export const COST_ROWS_MAX = 400;
/** Agents of a run that one answer shows. */
export const RUN_AGENTS_SHOWN_MAX = 200;
/** Milliseconds that a call of a tool through another may take; that tool has its own time. */
export const TOOL_CALL_MS = 3_600_000;
/** Bytes, nodes of the tree and milliseconds of one file that is analyzed; beyond, it is skipped, and says so. */
export const ANALYSIS_FILE_BYTES_MAX = 8 * 1024 * 1024;
export const ANALYSIS_FILE_NODES_MAX = 4_000_000;
export const ANALYSIS_FILE_MS = 5_000;
/** Files that one call analyzes, and milliseconds that it may take. */
export const ANALYSIS_FILES_MAX = 50_000;
export const ANALYSIS_MS = 600_000;
/** One change lets the next be seen. */
export const ANALYSIS_FIX_ROUNDS_MAX = 10;
/** Processes that analyze at once, and characters of a report of one file. */
export const ANALYSIS_PROCESSES_MAX = 2;
export const ANALYSIS_REPORT_CHARS_MAX = 16 * 1024 * 1024;
/** Functions that the report of a file tells of, functions and findings that an answer shows. */
export const ANALYSIS_FUNCTIONS_SHOWN_MAX = 200;
export const ANALYSIS_HARDEST_SHOWN = 10;
export const ANALYSIS_FINDINGS_SHOWN_MAX = 50;
/** Places of one rule that an answer names, and findings and bytes of a baseline. */
export const ANALYSIS_PLACES_SHOWN_MAX = 20;
/** Scans of a project that are kept, and what of each. */
export const ANALYSIS_SCANS_KEPT = 500;
export const ANALYSIS_FINDINGS_KEPT_MAX = 2_000;
export const ANALYSIS_FILES_KEPT_MAX = 5_000;
/** Of a file that keeps what was said of others; it begins anew beyond. */
export const ANALYSIS_CACHE_BYTES_MAX = 256 * 1024 * 1024;
export const ANALYSIS_BASELINE_MAX = 100_000;
export const ANALYSIS_BASELINE_BYTES_MAX = 32 * 1024 * 1024;
/** Characters of what git says has changed. */
export const GIT_ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of one file of a project that is read as text, and characters of one line that a search shows. */
export const FILE_BYTES_MAX = 4 * 1024 * 1024;
export const FILE_LINE_CHARS_MAX = 300;
/** Lines and characters of a file that one answer shows. */
export const FILE_LINES = 400;
export const FILE_LINES_MAX = 5_000;
export const FILE_TEXT_CHARS_MAX = 100_000;
/** Files that one answer lists, files that one search looks into, and lines that it finds. */
export const FILES_LISTED_MAX = 500;
export const FILES_SEARCHED_MAX = 20_000;
export const FILE_MATCHES_MAX = 100;
/** Bytes and milliseconds that a page of the web may take. */
export const PAGE_BYTES_MAX = 4 * 1024 * 1024;
export const PAGE_MS = 20_000;
export const ROBOTS_BYTES_MAX = 256 * 1024;
/** Pages that a process keeps, and for how many milliseconds. */
export const PAGES_KEPT_MAX = 100;
export const PAGE_KEPT_MS = 15 * 60_000;
/** Characters of a page that one answer shows. */
export const PAGE_CHARS = 20_000;
export const PAGE_CHARS_MAX = 100_000;
/** Bytes and milliseconds that a search may take, and results that it answers. */
export const SEARCH_BYTES_MAX = 2 * 1024 * 1024;
export const SEARCH_MS = 15_000;
export const SEARCH_RESULTS = 8;
export const SEARCH_RESULTS_MAX = 20;
export const SEARCH_SNIPPET_CHARS_MAX = 600;
/** Citations that one call checks, words of one, and words of a page that it is looked for in. */
export const CITATIONS_MAX = 200;
export const CITATION_WORDS_MAX = 100;
export const PAGE_WORDS_MAX = 40_000;
/** How alike a passage must be, of a hundred, to count as the one that was cited. */
export const CITATION_LIKENESS_MIN = 90;
/** Characters of one text that a workflow is given, and entries of a list. */
export const WORKFLOW_INPUT_CHARS_MAX = 100_000;
export const WORKFLOW_INPUT_ENTRIES_MAX = 200;
/** Characters of the text of a document, and bytes of one font of the user's. */
export const DOCUMENT_CHARS_MAX = 500_000;
export const FONT_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes of a file of an MCP client that setup edits. */
export const CONFIG_FILE_BYTES_MAX = 64 * 1024 * 1024;
/** Characters of the name under which clients know cadre. */
export const ENTRY_NAME_CHARS_MAX = 64;
/** Milliseconds in which a server must have greeted and listed its tools, before it is written into a client. */
export const HANDSHAKE_MS = 5_000;
/** Milliseconds that doctor gives to a server that it starts: one on a busy machine is slow, and not broken. */
export const DOCTOR_GREETING_MS = 15_000;
/** Milliseconds in which a client must have answered whether it knows cadre. */
export const CLIENT_ANSWER_MS = 30_000;
/** Milliseconds that one setup waits for another one. */
export const SETUP_LOCK_MS = 30_000;
/** Times that an edit begins again because the file changed meanwhile. */
export const EDIT_TRIES_MAX = 5;
/** Bytes of an archive of a release. */
export const RELEASE_BYTES_MAX = 512 * 1024 * 1024;
/** Milliseconds in which a release must have been fetched. */
export const RELEASE_MS_MAX = 10 * 60_000;
/** Milliseconds in which a new executable must have said its version, and have looked at the database. */
export const NEW_PROGRAM_MS_MAX = 60_000;
/** Bytes of a file of an earlier system that is read as a whole. */
export const IMPORT_FILE_BYTES_MAX = 256 * 1024 * 1024;
/** Days that are over whose log is kept. */
export const LOG_DAYS_KEPT = 7;
/** Bytes of a day's log, after which nothing more is kept of it. */
export const LOG_DAY_BYTES_MAX = 10 * 1024 * 1024;
/** Lines that `cadre logs` shows when it is not told how many. */
export const LOG_LINES_SHOWN = 100;
/** Lines that it shows at most. */
export const LOG_LINES_SHOWN_MAX = 100_000;
/** Milliseconds between two looks for new lines. */
export const LOG_LOOK_MS = 250;
/** Lines of the log in a report of the doctor. */
export const BUNDLE_LINES_MAX = 500;
/** Milliseconds in which the system's manager of services must have answered. */
export const SERVICE_COMMAND_MS = 20_000;
/** Milliseconds in which a service that was started must answer. */
export const SERVICE_START_MS = 20_000;
/** Milliseconds between two looks whether it does. */
export const SERVICE_LOOK_MS = 200;
