"""What the intake contract says must be broken, item by item, and where it is. After each: lost 0, filed twice 0, the
server's mailbox unchanged, the account of the mail page adds up (whole.held).

    kill -9 at every commit, and with a blob stored    test_poll: killed_at_any_commit
    kill -9 while parsing, three times                 test_poll: a_message_that_kills_the_process
    order on disk, by strace                           test_disk: raw_bytes_are_durable_before
    expunge before fetch                               test_poll: expunged_between_listing_and_fetching
    NIL, short literal, NO after data, BAD, bare OK,
      unsolicited FETCH, no UID, another's UID, BYE,
      2 MB line, literal of 4 GB, EOF in a literal     test_protocol: after_a_broken_answer
    cut in a literal and anywhere else                 test_line: a_line_that_is_cut_anywhere
    half-open                                          test_line: a_half_open_line; mail/test_imap: when_idle_is_left
    1 byte a second                                    test_protocol: a_byte_a_second
    silent IDLE, IDLE cut                              test_worker: idles_in_silence, whose_line_breaks
    UIDVALIDITY reset, delete and recreate             test_poll: a_folder_that_begins_anew
    rename                                             test_mailbox: a_renamed_folder
    moved to Junk, Junk polled                         test_mailbox: moved_to_junk; test_poll: in_two_folders
    moved to Trash and put back                        test_mailbox: put_back_from_trash
    \\Seen set by a person                              test_poll: a_colleague_has_read_or_flagged
    two pollers                                        test_workers: two_looks_at_once, two_real_workers
    a paused holder that wakes                         test_workers: sleeps_through_its_lease, slow_step, lost_lease
    two senders, one paused                            test_worker: of_two_workers_one_sends, slept_through_its_lease
    ENOSPC on blob, on WAL; the floor of free space    test_disk: full_disk, below_the_floor
    EIO on fsync of a blob                             test_disk: an_error_of_the_disk
    database locked                                    test_disk: a_locked_database
    PostgreSQL restarted in a commit                   test_disk: restarts_in_a_commit
    clock ten years ahead, one day back                test_mailbox: a_clock_that_jumps, before_the_clock_was_set_back
    200 MB message                                     test_protocol: 200_mb; test_poll: oversize
    MIME depth 10,000; a million addresses             test_mailbox: ten_thousand_parts, a_million_addresses
    broken charset and base64                          test_mailbox: broken_charset_and_base64
    missing, doubled, reused Message-ID                test_mailbox: message_ids
    login refused                                      test_worker: third_refused_login, one_try_an_hour
    STARTTLS stripped, refused                         mail/test_imap: starttls
    an old inbox of many messages                      test_poll: old_inbox, one_look_goes_on, adds_up_at_every_commit

The form's, the outbox's and OAuth's items have their tests beside their own modules. Tidying does not exist: nothing on
the server is ever changed.
"""
