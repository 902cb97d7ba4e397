let tools = Tools::new().function("get_time", |_: serde_json::Value| async {
    std::time::UNIX_EPOCH.elapsed().map(|now| format!("Unix time {}", now.as_secs()))
});
let mut text = $CALL.stream().await?.with_tools(tools).text();
while let Some(piece) = text.try_next().await? {
    print!("{piece}");
}
println!();
