"""Which tests are `quick`: `python -m pytest -m quick` runs them in some seconds, and they touch every
area. A line is a file, or a file and the beginning of a test's name in it, below tests/.
"""

QUICK = (
    # what a program does with a connection
    "client/test_handshake.py",
    "client/test_session.py",
    "client/test_state.py::test_the",
    "client/test_stream_end.py",
    "client/test_bad_frames.py",
    "client/test_callback_errors.py",
    "client/test_field_frames.py",
    "client/test_log.py",
    "client/test_own_transport.py",
    "client/test_splitting.py::test_all_in_one_segment",
    "client/test_splitting.py::test_sent_one_byte_at_a_time",
    "client/test_threads.py",
    "client/test_three_threads.py",
    "command/test_command.py",
    "release/test_release.py",
    "docs/test_snippets.py::test_a_block_runs[tutorial",
    "docs/test_snippets.py::test_a_block_runs[README",
    # older generations
    "compat/test_attributes.py",
    "compat/test_left_out.py",
    "compat/test_parameters.py",
    "compat/test_requests.py",
    "compat/test_wrapped.py",
    "compat/test_legacy_programs.py::test_legacy_program[g10_51-install()]",
    "interop/test_matrix.py::test_ranges",
    "interop/test_matrix.py::test_the_table",
    # the two wires
    "protobuf/test_lossy.py",
    "protobuf/test_map_order.py",
    "protobuf/test_values.py",
    "protobuf/test_vectors.py",
    "protobuf/test_wire.py",
    "protocol/test_catalogue.py",
    "protocol/test_fallback.py",
    "protocol/test_field_types_write.py",
    "protocol/test_framing.py",
    "protocol/test_handshake.py",
    "protocol/test_lossy.py",
    "protocol/test_orderdecoder.py",
    "protocol/test_vectors.py::test_frame_makes_the_recorded_callbacks",
    # answers, and what watches over a connection
    "alerting/test_alerts.py",
    "automater/test_login.py",
    "automater/test_settings.py",
    "doctor/test_doctor.py::test_c",
    "error_codes/test_error_codes.py::test_the",
    "guards/test_guards.py",
    "ib/test_contracts.py",
    "ib/test_requests.py",
    "ledger/test_ledger.py",
    "pacing/test_client.py",
    "pacing/test_pacer.py",
    "supervised/test_machine.py::test_each",
    "supervised/test_orders.py::test_08_two",
    "rest/test_extra.py",
    # faults: a lost, a doubled, an early order; a stream that is cut; a soak with reconnects
    "reliability/test_rows.py::test_the",
    "reliability/test_rows.py::test_row[R07]",
    "reliability/test_rows.py::test_row[R16]",
    "reliability/test_rows.py::test_row[R30]",
    "reliability/test_rows.py::test_row[R38]",
    "reliability/test_rows.py::test_row[R47]",
    "reliability/test_rows.py::test_row[R55]",
    # the simulated TWS
    "simulator/test_clock.py",
    "simulator/test_config.py",
    "simulator/test_exchange.py",
    "simulator/test_every_request.py",
    "simulator/test_history_requests.py",
    "simulator/test_hours.py",
    "simulator/test_instruments.py",
    "simulator/test_loop.py",
    "simulator/test_market_data.py",
    "simulator/test_options.py",
    "simulator/test_order_life.py",
    "simulator/test_order_types.py",
    "simulator/test_order_wire.py",
    "simulator/test_real_data.py",
    "simulator/test_real_orders.py",
    "simulator/test_script.py",
    "simulator/test_times.py",
    # the tap, and tests of programs
    "tap/test_conversation.py",
    "tap/test_masking.py",
    "tap/test_printable.py",
    "testing/test_scripted.py::test_a_callback_that_takes_whatever_comes",
    "testing/test_scripted.py::test_old_names_are_there_still",
    # what all of it stands on
    "test_order_status.py",
    "test_quick.py",
    "test_readme.py",
    "test_samples.py::test_sample_trades_against_its_own_simulated_tws[Program.py]",
    "test_server_thread.py",
    "test_utils.py",
)
FILES = frozenset(line.partition("::")[0] for line in QUICK)
NAMES = {
    file: tuple(line.partition("::")[2] for line in QUICK if line.startswith(file))
    for file in FILES
}


def is_quick(file: str, name: str) -> bool:
    """Whether a test is quick, by its file below tests/ and its name in it."""
    return file in FILES and name.startswith(NAMES[file])
