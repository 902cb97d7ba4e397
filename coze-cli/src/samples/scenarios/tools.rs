let tools = Tools::new().function("get_time", |_: serde_json::Value| async {
    format!("{:?}", std::time::SystemTime::now())
});
let mut text = $CALL.stream().await?.with_tools(tools).text();
while let Some(piece) = text.try_next().await? {
    print!("{piece}");
}
println!();
