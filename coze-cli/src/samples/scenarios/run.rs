let run = $CALL.and_poll().await?;
println!("{}", run.output);
