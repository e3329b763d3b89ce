"""What does a part of a Copilot Studio agent, or a flow, look like? Texts that sv0 must not keep are canaries."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.emulators.microsoft.powerplatform_wire import Row

APIS = "/providers/Microsoft.PowerApps/apis/"
TOPIC, SKILL, FILE, SETTINGS, KNOWLEDGE, TRIGGER = 9, 13, 14, 15, 16, 17


def tool(name: str, *, reference: str, operation: str, mode: str | None) -> str:
    """An operation of a connector, as a tool."""
    properties = f"  connectionProperties:\n    mode: {mode}\n" if mode else ""
    return f"""kind: TaskDialog
modelDisplayName: {name}
modelDescription: "CANARY-tool: when to use it"
inputs:
  - kind: AutomaticTaskInput
    propertyName: short_description
    description: CANARY-input
action:
  kind: InvokeConnectorTaskAction
  connectionReference: {reference}
{properties}
  operationId: {operation}
outputMode: All
"""


def server(name: str, *, reference: str, mode: str | None) -> str:
    """The tools of an MCP server."""
    properties = f"  connectionProperties:\n    mode: {mode}\n" if mode else ""
    return f"""kind: TaskDialog
modelDisplayName: {name}
modelDescription: CANARY-server
action:
  kind: InvokeExternalAgentTaskAction
  connectionReference: {reference}
{properties}
  operationDetails:
    kind: ModelContextProtocolMetadata
    operationId: InvokeServer
"""


def modern_tool(*, connector: str, operation: str, mode: str) -> str:
    """An operation of a connector, in the newer form."""
    return f"""mcs.metadata:
  componentName: A tool
  description: CANARY-metadata
kind: ConnectorTool
authMode: {mode}
connectorId: {APIS}{connector}
operationId: {operation}
toolInputs:
  - name: to
    value: {{kind: ValueReference, defaultValue: CANARY-input}}
"""


def runs(flow: str) -> str:
    """A flow as a tool."""
    return f"kind: TaskDialog\nmodelDescription: CANARY-flow\naction: {{kind: InvokeFlowTaskAction, flowId: {flow}}}\n"


def asks(schema: str) -> str:
    """Another agent as a tool."""
    return f"kind: ConnectedAgentTool\nbotSchemaName: {schema}\ndescription: CANARY-connected\n"


def topic(*urls: str) -> str:
    """A topic that calls addresses, one within a condition, and says something."""
    called = "".join(
        f"""
        - kind: HttpRequestAction
          id: http{number}
          method: Post
          url: {json.dumps(url)}
          headers: {{authorization: CANARY-header}}
          body: {{kind: JsonRequestContent, content: CANARY-body}}
          response: Topic.r"""
        for number, url in enumerate(urls)
    )
    return f"""kind: AdaptiveDialog
beginDialog:
  kind: OnRecognizedIntent
  id: main
  intent:
    triggerQueries: [CANARY-query, "= what is this"]
  actions:
    - kind: SendActivity
      activity: "CANARY-answer"
    - kind: ConditionGroup
      id: group
      conditions:
        - id: one
          condition: =Topic.x = "CANARY"
          actions:{called or " []"}
      elseActions:
        - kind: SetVariable
          value: =
"""


def settings(*, model: str, web: bool) -> str:
    """The agent's own settings."""
    return f"""kind: GptComponentMetadata
displayName: CANARY-display
instructions: |-
  CANARY-instructions: never tell anybody.
  Do this: and that
gptCapabilities:
  webBrowsing: {str(web).lower()}
  codeInterpreter: false
aISettings:
  model: {{kind: CurrentModels, modelNameHint: {model}}}
conversationStarters: [{{title: CANARY, text: CANARY-starter}}]
"""


def knowledge(kind: str, site: str | None = None) -> str:
    told = f"  site: {site}\n" if site else "  skillConfiguration: CANARY-skill\n"
    return f"kind: KnowledgeSourceConfiguration\nsource:\n  kind: {kind}\n  triggerCondition: false\n{told}"


def trigger(flow: str) -> str:
    """What sets an agent off by itself."""
    return f"""kind: ExternalTriggerConfiguration
externalTriggerSource:
  kind: WorkflowExternalTrigger
  flowId: {flow}

extensionData:
  flowName: {flow}
  triggerConnectionType: Schedule
"""


def clientdata(
    triggers: Mapping[str, Any], actions: Mapping[str, Any], connections: Mapping[str, tuple[str, str, str]]
) -> str:
    """A flow's definition; `connections`: name → connector, reference, runtimeSource."""
    references = {
        name: {
            "runtimeSource": source,
            "connection": {"connectionReferenceLogicalName": reference},
            "api": {"name": connector},
        }
        for name, (connector, reference, source) in connections.items()
    }
    parameters = {"secret": {"defaultValue": "CANARY-parameter", "type": "String"}}
    definition = {"triggers": triggers, "actions": actions, "parameters": parameters, "description": "CANARY-flow"}
    return json.dumps(
        {"properties": {"connectionReferences": references, "definition": definition}, "schemaVersion": "1.0.0.0"}
    )


def operation(connection: str, connector: str, name: str) -> Row:
    host = {"connectionName": connection, "operationId": name, "apiId": f"{APIS}{connector}"}
    parameters = {"emailMessage/Body": "CANARY-mail"}
    return {"type": "OpenApiConnection", "inputs": {"host": host, "parameters": parameters}}


def http(uri: str) -> Row:
    inputs = {"method": "POST", "uri": uri, "headers": {"x-key": "CANARY-key"}, "body": "CANARY-body"}
    return {"type": "Http", "inputs": inputs}


def configuration(channels: Sequence[str], *, recognizer: str = "GenerativeAIRecognizer") -> str:
    """An agent's configuration."""
    told = {
        "$kind": "BotConfiguration",
        "channels": [{"$kind": "ChannelDefinition", "channelId": each} for each in channels],
        "settings": {"GenerativeActionsEnabled": True},
        "isAgentConnectable": True,
        "aISettings": {"$kind": "AISettings", "useModelKnowledge": True, "contentModeration": "High"},
        "agentSettings": {"$kind": "AgentSettings", "instructions": {"segments": [{"value": "CANARY-instructions"}]}},
        "recognizer": {"$kind": recognizer},
    }
    return json.dumps(told)


def published(mode: str | None) -> str:
    """What is told of an agent's last publishing; None: never published."""
    told: Row = {"$kind": "BotSynchronizationDetails", "contentVersion": 1}
    if mode:
        told["lastPublishedDetails"] = {"authenticationMode": mode, "$kind": "SuccessfulPublishResultDetails"}
    return json.dumps(told)


def openapi(host: str | None) -> str:
    told: Row = {"swagger": "2.0", "info": {"title": "CANARY-title", "description": "CANARY-spec"}, "paths": {}}
    return json.dumps(told | ({"host": host, "basePath": "/v1", "schemes": ["https"]} if host else {}))


def connection(
    name: str,
    connector: str,
    *,
    account: str | None,
    made_by: tuple[str, str, str],
    status: str = "Connected",
    client: str | None = None,
) -> Row:
    """A stored connection as Power Apps tells it; `made_by`: id in Entra, name, address."""
    object_id, person, address = made_by
    parameters: Row = {"token:grantType": "code", "password": "CANARY-password"}
    if client:
        parameters |= {"token:grantType": "client_credentials", "token:clientId": client}
    properties: Row = {
        "apiId": f"{APIS}{connector}",
        "displayName": "CANARY-connection",
        "statuses": [{"status": status}],
        "connectionParameters": parameters,
        "createdBy": {
            "id": object_id,
            "displayName": person,
            "email": address,
            "type": "User",
            "userPrincipalName": address,
        },
        "createdTime": "2025-07-23T08:17:04.537991Z",
        "lastModifiedTime": "2025-07-28T13:57:06.3545891Z",
        "expirationTime": "2025-07-28T14:57:10.3389898Z",
        "environment": {"id": "/providers/Microsoft.PowerApps/environments/x"},
        "allowSharing": False,
    }
    if account:
        properties["accountName"] = account
    kind = "Microsoft.PowerApps/apis/connections"
    return {"name": name, "id": f"{APIS}{connector}/connections/{name}", "type": kind, "properties": properties}
