use arc_obs::{traced, track_agent, track_cache, track_llm, track_tool};

#[traced(fields(status = 1, error.type = _, error.message = "no"))] //~ status //~ error.type //~ error.message
fn any() {}

#[track_agent("planner", fields(agent.name = "x"))] //~ agent.name
fn agent() {}

#[track_tool("search", fields(tool))] //~ tool
fn tool(tool: &str) -> usize {
    tool.len()
}

#[track_cache("llm", fields(cache.hit = _))] //~ cache.hit
fn cache() -> Option<u8> {
    None
}

#[track_llm(model = "gpt-4o", usage = none, fields(model = "x"), on_success(gen_ai.response.id = |_| 1))] //~ model = "x" //~ gen_ai.response.id
fn llm() {}

fn main() {
    any();
    agent();
    tool("x");
    cache();
    llm();
}
