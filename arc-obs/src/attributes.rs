//! The attributes, re-exported with their documentation: examples in it are
//! compiled here, where the expansion's paths lead somewhere.

pub use arc_obs_macros::LabelValue;
#[doc = include_str!("docs/labels.md")]
pub use arc_obs_macros::labels;
#[doc = include_str!("docs/fields.md")]
#[cfg(feature = "enabled")]
#[macro_export]
macro_rules! set_field {
    (@more) => {};
    (@more $($more:tt)+) => {
        $crate::set_field!($($more)+)
    };
    ($($key:ident).+ = ?$value:expr $(, $($more:tt)*)?) => {{
        if let $crate::__private::Some(field) = $crate::__private::field_to_set(ARC_OBS_FIELDS_OF_THIS_FUNCTION.$($key).+) {
            field.set(|| $crate::__private::debug(&$value));
        }
        $($crate::set_field!(@more $($more)*);)?
    }};
    ($($key:ident).+ = %$value:expr $(, $($more:tt)*)?) => {{
        if let $crate::__private::Some(field) = $crate::__private::field_to_set(ARC_OBS_FIELDS_OF_THIS_FUNCTION.$($key).+) {
            field.set(|| $crate::__private::display(&$value));
        }
        $($crate::set_field!(@more $($more)*);)?
    }};
    ($($key:ident).+ = $value:expr $(, $($more:tt)*)?) => {{
        if let $crate::__private::Some(field) = $crate::__private::field_to_set(ARC_OBS_FIELDS_OF_THIS_FUNCTION.$($key).+) {
            field.set(|| $crate::__private::value(&$value));
        }
        $($crate::set_field!(@more $($more)*);)?
    }};
    ($($wrong:tt)*) => {
        $crate::__private::compile_error!(
            "`set_field!` takes fields that the function's attribute declares, as in `set_field!(answer_len = answer.len())`, \
             with `?` or `%` before a value for its `Debug` or `Display`"
        )
    };
}

// Names the values and does nothing: nothing is recorded.
#[doc = include_str!("docs/fields.md")]
#[cfg(not(feature = "enabled"))]
#[macro_export]
macro_rules! set_field {
    (@more) => {};
    (@more $($more:tt)+) => {
        $crate::set_field!($($more)+)
    };
    (@name $format:ident $value:expr) => {
        // Without a way on, a future keeps nothing of it.
        #[allow(unreachable_code, clippy::all, clippy::pedantic)]
        if false {
            let _ = || $crate::__private::$format(&$value);
            loop {}
        }
    };
    ($($key:ident).+ = ?$value:expr $(, $($more:tt)*)?) => {{
        $crate::set_field!(@name debug $value);
        $($crate::set_field!(@more $($more)*);)?
    }};
    ($($key:ident).+ = %$value:expr $(, $($more:tt)*)?) => {{
        $crate::set_field!(@name display $value);
        $($crate::set_field!(@more $($more)*);)?
    }};
    ($($key:ident).+ = $value:expr $(, $($more:tt)*)?) => {{
        $crate::set_field!(@name value $value);
        $($crate::set_field!(@more $($more)*);)?
    }};
}

#[doc = include_str!("docs/metrics.md")]
pub use arc_obs_macros::metrics;
#[doc = include_str!("docs/skip.md")]
pub use arc_obs_macros::skip;
#[doc = include_str!("docs/traced.md")]
pub use arc_obs_macros::traced;
#[doc = include_str!("docs/track_agent.md")]
pub use arc_obs_macros::track_agent;
#[doc = include_str!("docs/track_cache.md")]
pub use arc_obs_macros::track_cache;
#[doc = include_str!("docs/track_llm.md")]
pub use arc_obs_macros::track_llm;
#[doc = include_str!("docs/track_request.md")]
pub use arc_obs_macros::track_request;
#[doc = include_str!("docs/track_tool.md")]
pub use arc_obs_macros::track_tool;
#[doc = include_str!("docs/track_workflow.md")]
pub use arc_obs_macros::track_workflow;
