chat=$($CURL)
ids=$(echo "$chat" | jq --raw-output '"conversation_id=\(.data.conversation_id)&chat_id=\(.data.id)"')
get() {
  curl --silent "$BASE$1?$ids" --header "authorization: Bearer $COZE_API_TOKEN"
}
until get /v3/chat/retrieve | jq --exit-status '.data.status | IN("created", "in_progress") | not' >/dev/null; do
  sleep 1
done
get /v3/chat/message/list | jq --raw-output '.data[] | select(.type == "answer").content'
