let image = coze.files().upload(Upload::path("example.png")).await?;
let parts = [ContentPart::text("$QUESTION"), ContentPart::image_id(image.id)];
let mut text = $CALL.message(Message::user_parts(parts)).stream().await?.text();
while let Some(piece) = text.try_next().await? {
    print!("{piece}");
}
println!();
