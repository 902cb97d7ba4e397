let reply = $CALL.and_poll().await?;
println!("{}", reply.text());
