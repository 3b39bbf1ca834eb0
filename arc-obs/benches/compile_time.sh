#!/usr/bin/env bash
# What an annotated function adds to `cargo check`: crates of 500 functions each,
# plain, annotated by arc-obs, also with two labels, and by `#[tracing::instrument]`,
# checked in turns.
#
#   arc-obs/benches/compile_time.sh [--gate]
#
# With --gate it fails where arc-obs takes a fifth longer than tracing in the same run, or
# more than twice what it is meant to take: 2 ms per function, 5 ms where it is
# async. Those targets themselves are only told, since they hold for a machine.
#
# ROUNDS (5) says how often each crate is checked; the least counts, since other
# work can only add to it, and it is the time on the processor, not on the wall.
# Takes one to two minutes on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly functions=500
readonly rounds=${ROUNDS-5}
readonly target_sync_us=2000 target_async_us=5000

gate=false
case ${1-} in
'') ;;
--gate) gate=true ;;
*)
    echo "usage: $0 [--gate]" >&2
    exit 2
    ;;
esac

readonly root=$PWD
readonly crates=${CARGO_TARGET_DIR:-$root/target}/compile-time
export CARGO_TARGET_DIR=$crates/target
# What was not changed must be checked again all the same.
export CARGO_INCREMENTAL=0 CARGO_NET_OFFLINE=true
# A decimal point in times, whatever the language.
export LC_ALL=C

# attribute KIND NUMBER: what stands above a function. Half of arc-obs's are
# agents, which have arguments to read, as most of them have in a program.
attribute() {
    case $1 in
    plain) ;;
    traced) if (($2 % 2)); then echo "#[arc_obs::track_agent(\"agent-$2\")]"; else echo '#[arc_obs::traced]'; fi ;;
    labels) echo "#[arc_obs::track_agent(\"agent-$2\", labels(many = limit > 3, none = task.is_empty()))]" ;;
    tracing) echo '#[tracing::instrument(skip_all)]' ;;
    esac
}

# function_sync NUMBER, function_async NUMBER: small and fallible, with a borrowed
# and an owned argument.
function_sync() {
    cat <<RUST
pub fn function_$1(task: &str, limit: usize) -> Result<String, std::num::ParseIntError> {
    let number: usize = task.trim().parse()?;
    let words: Vec<String> = (0..number.min(limit)).map(|word| format!("{task} {word}")).collect();
    Ok(words.join(" "))
}
RUST
}

function_async() {
    cat <<RUST
pub async fn function_$1(task: &str, limit: usize) -> Result<String, std::num::ParseIntError> {
    let number: usize = task.trim().parse()?;
    let words: Vec<String> = (0..number.min(limit)).map(|word| format!("{task} {word}")).collect();
    std::future::ready(()).await;
    Ok(words.join(" "))
}
RUST
}

# crate KIND SHAPE: all have the same dependencies, so that loading them is no difference.
crate() {
    local source=$crates/$1-$2/src
    mkdir -p "$source"
    cat >"$crates/$1-$2/Cargo.toml" <<TOML
[package]
name = "$1-$2"
version = "0.0.0"
edition = "2024"

[dependencies]
arc-obs = { path = "$root/arc-obs" }
tracing = { version = "0.1", features = ["attributes"] }
TOML
    {
        if [[ $1 == labels ]]; then echo 'arc_obs::labels! { many: bool, none: bool }'; fi
        for ((number = 0; number < functions; number++)); do
            attribute "$1" "$number"
            "function_$2" "$number"
        done
    } >"$source/lib.rs"
}

readonly kinds=(plain traced labels tracing) shapes=(sync async)
members=()
for kind in "${kinds[@]}"; do
    for shape in "${shapes[@]}"; do
        crate "$kind" "$shape"
        members+=("\"$kind-$shape\"")
    done
done
cat >"$crates/Cargo.toml" <<TOML
[workspace]
resolver = "3"
members = [$(IFS=,; echo "${members[*]}")]
TOML
# The versions that are built and tested here, and no others.
cp Cargo.lock "$crates/Cargo.lock"
cd "$crates"

# checked CRATE: processor time of checking it, in microseconds.
checked() {
    touch "$1/src/lib.rs"
    local times user system
    TIMEFORMAT='%3U %3S'
    times=$({ time cargo check --quiet --package "$1" 2>"$crates/log"; } 2>&1) || {
        cat "$crates/log" >&2
        return 1
    }
    read -r user system <<<"$times"
    echo $(((10#${user/./} + 10#${system/./}) * 1000))
}

# least CRATE: the least of its rounds.
least() {
    printf %s "${samples[$1]}" | sort -n | sed -n 1p
}

declare -A samples
measure() {
    local round kind shape
    for ((round = 0; round < rounds; round++)); do
        for kind in "${kinds[@]}"; do
            for shape in "${shapes[@]}"; do
                samples[$kind-$shape]+="$(checked "$kind-$shape")"$'\n'
            done
        done
    done
}

# over KIND SHAPE: microseconds per function, over a plain one.
over() {
    echo $((($(least "$1-$2") - $(least "plain-$2")) / functions))
}

# judge SHAPE TARGET: a row of the table, and what is wrong with it.
judge() {
    local ours theirs told=met
    ours=$(over traced "$1") theirs=$(over tracing "$1")
    ((ours <= $2)) || told='NOT MET'
    printf '%-6s %8d %12d %14d %12d   %d us: %s\n' "$1" \
        $(($(least "plain-$1") / functions)) "$ours" "$(over labels "$1")" "$theirs" "$2" "$told"
    # A fifth is what the same crate differs by from run to run on a busy machine.
    if ((5 * ours > 6 * theirs)); then
        failed+=("$1 takes a fifth longer than tracing")
    elif ((ours > 2 * $2)); then
        failed+=("$1 takes more than twice its target")
    fi
}

cargo check --quiet --workspace
# A gate that fails looks twice more: a crate's least gets nearer to what the crate
# takes with every round, and does so for all of them.
for ((attempt = 1; attempt <= 3; attempt++)); do
    measure
    failed=()
    echo "cargo check, us per function of $functions, least of $((attempt * rounds))"
    printf '%-6s %8s %12s %14s %12s   %s\n' '' plain '+ arc-obs' 'with 2 labels' '+ tracing' target
    judge sync "$target_sync_us"
    judge async "$target_async_us"
    $gate || exit 0
    if ((${#failed[@]} == 0)); then
        echo 'gate: ok'
        exit 0
    fi
done
printf 'gate: %s: FAILED\n' "${failed[@]}"
exit 1
