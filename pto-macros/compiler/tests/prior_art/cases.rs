//! The cases of a prior compiler's tests, by their names, and what holds each here.
//!
//! Two choices differ. A MANUAL scope has its edges inferred, and what the user's own lack is an error, where theirs is left
//! as it is. And nothing falls back: what cannot be proven of one argument is left to the runtime for that argument, or waited
//! for in a MANUAL scope, so that a case whose name ends in a fallback is one in which the rest stays settled.

use super::{auto, branches, edges, hazards, loops, regions, scopes};
use Held::{By, Moot};

/// What became of a case.
enum Held {
    /// These tests hold it, or more than it.
    By(&'static [fn()]),
    /// It makes no sense here, and why.
    Moot(&'static str),
}

const CASES: [(&str, Held); 65] = [
    (
        "manual_scope_raw_hazard_is_left_to_user_deps",
        By(&[
            hazards::a_hazard_that_is_left_to_the_user_is_refused_until_there_is_an_edge,
            hazards::a_hazard_in_a_manual_scope_is_wired,
        ]),
    ),
    (
        "auto_scope_raw_hazard_adds_compiler_edge_when_enabled",
        By(&[hazards::a_certain_hazard_in_an_auto_scope_is_wired]),
    ),
    (
        "auto_scope_read_read_does_not_add_edge_when_enabled",
        By(&[hazards::readers_do_not_wait_for_each_other]),
    ),
    (
        "auto_scope_waw_hazard_adds_compiler_edge_when_enabled",
        By(&[hazards::a_certain_hazard_in_an_auto_scope_is_wired]),
    ),
    (
        "auto_scope_war_hazard_adds_compiler_edge_when_enabled",
        By(&[hazards::a_certain_hazard_in_an_auto_scope_is_wired]),
    ),
    (
        "default_auto_scope_raw_hazard_skips_compiler_edge",
        Moot("edges are always inferred: there is no switch to leave off"),
    ),
    (
        "auto_runtime_scope_raw_hazard_skips_compiler_edge_by_default",
        Moot("the same switch"),
    ),
    (
        "auto_runtime_scope_raw_hazard_adds_compiler_edge_when_enabled_and_stays_auto",
        By(&[auto::a_scope_whose_hazards_are_settled_stays_auto]),
    ),
    (
        "auto_scope_raw_hazard_demotes_covered_input_to_no_dep",
        By(&[auto::a_read_whose_producer_is_certain_is_not_looked_up]),
    ),
    (
        "auto_no_dep_rewrite_preserves_submit_allow_early_resolve",
        Moot(
            "a task cannot resolve early; its options are the user's, and what is tracked is no option that could overwrite them",
        ),
    ),
    (
        "auto_scope_covered_inout_hazard_becomes_output_existing",
        By(&[auto::an_update_whose_producer_is_certain_is_not_looked_up]),
    ),
    (
        "debug_logs_auto_no_dep_candidate_buckets",
        Moot("no log of counters: `explain` says of each pair what came of it (tests/explain.rs)"),
    ),
    (
        "auto_runtime_scope_dynamic_hazard_falls_back_without_stale_edges",
        By(&[auto::a_gathered_part_is_looked_up_and_nothing_else_is]),
    ),
    (
        "user_edges_are_preserved_separately_from_compiler_edges",
        By(&[edges::the_users_edges_are_kept_apart_from_the_compilers]),
    ),
    (
        "user_edge_covered_input_can_be_no_dep_without_compiler_edge",
        By(&[edges::an_edge_settles_an_argument_that_would_be_tracked]),
    ),
    (
        "user_edge_covering_submit_return_keeps_manual_scope",
        By(&[edges::an_edge_to_the_maker_of_a_tensor_is_all_that_its_user_needs]),
    ),
    (
        "static_disjoint_slices_do_not_add_compiler_edge",
        By(&[regions::disjoint_constant_parts_are_apart]),
    ),
    (
        "packed_nd_tensor_view_disjoint_slices_do_not_add_compiler_edge",
        By(&[
            regions::disjoint_constant_parts_are_apart,
            regions::views_of_views_are_parts_of_the_whole,
        ]),
    ),
    (
        "strided_nd_tensor_view_disjoint_slices_stay_conservative",
        By(&[regions::parts_of_rows_with_gaps_are_told_apart]),
    ),
    (
        "dn_tensor_view_disjoint_slices_stay_conservative",
        By(&[regions::a_transposed_part_stays_the_part_it_is]),
    ),
    (
        "tensor_view_valid_shape_disjoint_slices_stay_conservative",
        By(&[regions::tiles_that_are_cut_short_at_the_end_are_apart]),
    ),
    (
        "static_overlapping_slices_add_compiler_edge",
        By(&[regions::overlapping_constant_parts_are_ordered]),
    ),
    (
        "static_overlapping_slice_covered_input_can_be_no_dep",
        By(&[auto::a_part_whose_overlap_is_certain_is_not_looked_up]),
    ),
    (
        "symbolic_slice_offset_keeps_dependency_but_not_no_dep",
        By(&[auto::a_symbolic_part_is_settled_where_it_can_be_proven]),
    ),
    (
        "if_yield_return_var_keeps_storage_lineage",
        By(&[branches::arms_that_view_one_storage_differently_are_both_meant]),
    ),
    (
        "if_yield_different_roots_adds_edges_for_both_possible_producers",
        By(&[branches::the_value_of_a_branch_is_one_of_its_tensors]),
    ),
    (
        "loop_yield_different_root_adds_edges_for_init_and_yield_roots",
        By(&[loops::a_carried_tensor_is_that_of_before_the_loop_or_of_an_iteration]),
    ),
    (
        "if_yield_mixed_known_and_unresolved_location_falls_back",
        By(&[
            branches::an_arm_whose_part_is_unknown_leaves_the_other_known,
            auto::a_tensor_of_another_orchestrations_tasks_is_looked_up_and_nothing_else_is,
        ]),
    ),
    (
        "loop_yield_mixed_known_and_unresolved_location_falls_back",
        By(&[auto::a_tensor_of_another_orchestrations_tasks_is_looked_up_and_nothing_else_is]),
    ),
    (
        "memref_may_alias_adds_compiler_edge",
        By(&[regions::two_names_of_a_tensor_are_one_storage]),
    ),
    (
        "plain_call_auto_scope_hazard_adds_synthetic_edge_when_enabled",
        By(&[hazards::names_of_tasks_change_nothing]),
    ),
    (
        "dynamic_gather_result_falls_back_to_auto_scope",
        By(&[
            auto::a_gathered_part_is_looked_up_and_nothing_else_is,
            loops::an_element_that_is_gathered_may_be_any,
        ]),
    ),
    (
        "loop_dynamic_fan_in_producer_falls_back_to_auto_scope",
        By(&[loops::a_consumer_of_all_iterations_waits_for_all]),
    ),
    (
        "fixed_trip_loop_fan_in_producer_exports_task_id_collection",
        By(&[loops::a_consumer_of_an_unrolled_loop_waits_for_each_copy]),
    ),
    (
        "dynamic_trip_loop_fan_in_producer_falls_back",
        By(&[
            loops::a_consumer_of_all_iterations_waits_for_all,
            loops::a_consumer_in_a_later_loop_waits_for_its_own_part,
        ]),
    ),
    (
        "debug_bucket_prefers_inactive_dynamic_fallback_reason",
        Moot(
            "nothing falls back, so there is no reason to choose: `explain` gives one for each pair",
        ),
    ),
    (
        "dynamic_loop_passthrough_preserves_carried_storage_for_no_dep",
        By(&[loops::a_tensor_carried_through_is_itself]),
    ),
    (
        "active_dynamic_loop_producer_can_cover_same_iteration_input_as_no_dep",
        By(&[auto::the_iterations_of_a_loop_with_parts_of_their_own_are_settled]),
    ),
    (
        "dynamic_trip_tensor_carrier_falls_back",
        By(&[auto::a_tensor_carried_around_a_loop_is_ordered_by_its_maker]),
    ),
    (
        "dynamic_parallel_tensor_carrier_exports_summary_edge",
        By(&[
            loops::iterations_of_a_parallel_loop_carry_nothing,
            loops::a_consumer_of_all_iterations_waits_for_all,
        ]),
    ),
    (
        "static_outer_dynamic_inner_tensor_carrier_falls_back",
        By(&[loops::inner_loops_of_unknown_length_carry_like_others]),
    ),
    (
        "dynamic_trip_tuple_output_tensor_carrier_falls_back",
        By(&[loops::several_carried_tensors_are_told_apart]),
    ),
    (
        "loop_direct_body_tid_dep_behavior",
        By(&[edges::a_task_named_in_the_same_iteration_is_the_one_of_it]),
    ),
    (
        "loop_carried_last_tid_dep_behavior",
        By(&[edges::a_task_named_in_a_loop_is_the_latest]),
    ),
    (
        "loop_task_id_array_deps_keep_manual_scope",
        By(&[edges::a_barrier_that_names_itself_stands_for_all_iterations]),
    ),
    (
        "complete_task_id_array_deps_allow_auto_no_dep_for_fan_in_input",
        By(&[edges::all_iterations_named_through_a_barrier_settle_the_argument]),
    ),
    (
        "loop_task_id_array_slot_temps_keep_manual_scope",
        Moot(
            "tasks have names, their ids are no values: there are no arrays of ids with slots to pass on",
        ),
    ),
    (
        "partial_loop_task_id_array_slot_temp_deps_do_not_allow_no_dep",
        By(&[edges::edges_for_a_part_of_the_producers_leave_the_argument_tracked]),
    ),
    (
        "partial_loop_task_id_array_deps_keep_manual_scope",
        By(&[
            edges::a_task_named_in_a_loop_is_the_latest,
            edges::edges_for_a_part_of_the_hazards_leave_the_others,
        ]),
    ),
    (
        "partial_user_deps_with_dynamic_auto_hazard_still_falls_back",
        By(&[edges::all_iterations_named_through_a_barrier_settle_the_argument]),
    ),
    (
        "fallback_strips_previous_compiler_edges",
        By(&[auto::one_undecided_hazard_leaves_the_edges_of_the_others]),
    ),
    (
        "default_auto_scope_plain_call_raw_hazard_skips_synthetic_task_id_edge",
        Moot("the same switch; and a task needs no name, made up or not, to have an edge"),
    ),
    (
        "default_auto_scope_plain_call_raw_hazard_adds_synthetic_task_id_edge_when_enabled",
        By(&[
            hazards::a_certain_hazard_in_an_auto_scope_is_wired,
            hazards::names_of_tasks_change_nothing,
        ]),
    ),
    (
        "sibling_auto_scopes_covered_input_becomes_no_dep_when_enabled",
        By(&[auto::what_is_settled_in_one_scope_is_settled_in_its_sibling]),
    ),
    (
        "static_loop_carry_covered_input_becomes_no_dep_when_enabled",
        By(&[auto::a_tensor_carried_around_an_unrolled_loop_is_ordered_by_its_maker]),
    ),
    (
        "virtual_auto_scope_fallback_keeps_representable_edge_without_no_dep",
        By(&[auto::one_undecided_hazard_leaves_the_edges_of_the_others]),
    ),
    (
        "virtual_auto_scope_eval_read_then_writer_fallback_drops_no_dep_candidate",
        By(&[auto::a_read_with_a_writer_that_may_follow_is_registered]),
    ),
    (
        "sibling_auto_scopes_raw_hazard_exports_compiler_edge",
        By(&[scopes::a_scope_waits_for_its_sibling]),
    ),
    (
        "nested_scope_inner_producer_outer_consumer_exports_edge",
        By(&[scopes::a_task_outside_waits_for_one_inside]),
    ),
    (
        "cross_scope_read_read_does_not_add_edge",
        By(&[scopes::readers_in_different_scopes_do_not_wait]),
    ),
    (
        "fallback_scope_does_not_export_accesses",
        By(&[scopes::a_part_that_is_unknown_does_not_hide_later_edges]),
    ),
    (
        "manual_scope_missing_task_id_does_not_block_later_auto_scope",
        By(&[scopes::what_a_manual_scope_writes_is_seen_by_an_auto_scope_after_it]),
    ),
    (
        "single_trip_loop_producer_exports_scalar_task_id",
        By(&[loops::a_loop_of_one_iteration_has_one_task_to_wait_for]),
    ),
    (
        "whole_body_dynamic_skip_preserves_later_static_cross_scope_edge",
        By(&[scopes::a_part_that_is_unknown_does_not_hide_later_edges]),
    ),
    (
        "large_control_flow_root_set_falls_back_to_auto_scope",
        By(&[branches::many_alternatives_are_all_followed]),
    ),
];

#[test]
fn each_case_is_held_by_a_test_or_is_moot_for_a_reason() {
    let names: std::collections::BTreeSet<&str> = CASES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), CASES.len(), "a case is named twice");
    for (name, held) in &CASES {
        match held {
            By(tests) => {
                assert!(!tests.is_empty(), "{name}");
                tests.iter().for_each(|test| test());
            }
            Moot(why) => assert!(why.len() > 10, "{name}"),
        }
    }
}
