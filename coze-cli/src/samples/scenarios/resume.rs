let mut events = $CALL.await?.on_interrupt(|interrupt| async move {
    eprintln!("{}", interrupt.node_title);
    std::io::Result::Ok("Monday".to_owned())
});
while let Some(event) = events.try_next().await? {
    if let WorkflowEvent::Message(message) = event {
        print!("{}", message.content);
    }
}
println!();
