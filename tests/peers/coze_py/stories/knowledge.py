"""Knowledge bases of texts and pictures."""

from cozepy import (
    CozeAPIError,
    DocumentBase,
    DocumentChunkStrategy,
    DocumentFormatType,
    DocumentSourceInfo,
    DocumentStatus,
    DocumentUpdateRule,
)

from support import WORKSPACE, known_bug


def story_a_knowledge_base(coze, base):
    datasets = coze.datasets
    format_type = DocumentFormatType.DOCUMENT
    made = datasets.create(name="Trains", space_id=WORKSPACE, format_type=format_type).dataset_id
    datasets.update(dataset_id=made, name="All trains", description="Every one.")
    named = {one.dataset_id: one.name for one in datasets.list(space_id=WORKSPACE, page_size=1)}
    assert named[made] == "All trains", named
    base = DocumentBase(name="times.txt", source_info=DocumentSourceInfo.build_local_file("At noon."))
    strategy = DocumentChunkStrategy.build_auto()
    ids = [
        document.document_id
        for document in datasets.documents.create(dataset_id=made, document_bases=[base], chunk_strategy=strategy)
    ]
    status = None
    while status in (None, DocumentStatus.PROCESSING):
        status = datasets.process(dataset_id=made, document_ids=ids)[0].status
    assert status == DocumentStatus.COMPLETED
    rule = {"document_id": ids[0], "update_rule": DocumentUpdateRule.build_no_auto_update()}
    known_bug("a rule is not JSON", TypeError, lambda: datasets.documents.update(**rule))
    datasets.documents.update(document_id=ids[0], document_name="noon.txt")
    assert [document.name for document in datasets.documents.list(dataset_id=made)] == ["noon.txt"]
    datasets.documents.delete(document_ids=ids)
    assert not datasets.documents.list(dataset_id=made).items
    datasets.delete(dataset_id=made)
    assert made not in [one.dataset_id for one in datasets.list(space_id=WORKSPACE)]


def story_pictures(coze, base):
    format_type = DocumentFormatType.IMAGE
    made = coze.datasets.create(name="Pictures", space_id=WORKSPACE, format_type=format_type).dataset_id
    file = coze.files.upload(file=("train.png", b"\x89PNG\r\n\x1a\n"))
    picture = DocumentBase(name="train.png", source_info=DocumentSourceInfo.build_file_id(file.id))
    new = {"dataset_id": made, "document_bases": [picture], "format_type": format_type}
    documents = coze.datasets.documents
    known_bug("a request without `chunk_strategy`", CozeAPIError, lambda: documents.create(**new))
    added = documents.create(chunk_strategy=DocumentChunkStrategy.build_auto(), **new)
    images = coze.datasets.images
    images.update(dataset_id=made, document_id=added[0].document_id, caption="A train.")
    assert [image.caption for image in images.list(dataset_id=made, keyword="train")] == ["A train."]
